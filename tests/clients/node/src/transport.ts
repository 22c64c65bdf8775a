// GraphQL over HTTP with nothing but `fetch`, typed by the generated documents.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type GraphQLFormattedError, print } from 'graphql';

import { expect, present, same } from './journey.js';

export interface Answer<R> {
  data?: R | null;
  errors?: GraphQLFormattedError[];
}

/** A GraphQL endpoint, and who asks there. */
export class Endpoint {
  token: string | undefined;

  constructor(readonly origin: string) {}

  /** The headers that say who asks. */
  headers(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }

  /** The result of an operation that must succeed. */
  async execute<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R> {
    const { status, answer } = await this.attempt(document, variables);
    expect(answer.errors === undefined, 'no errors', answer.errors);
    same(status, 200, 'the status of the answer');
    return present(answer.data, 'data in the answer');
  }

  /** Whatever the server answers. */
  async attempt<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<{ status: number; answer: Answer<R> }> {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json',
        'content-type': 'application/json',
        ...this.headers(),
      },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const type = response.headers.get('content-type') ?? '';
    expect(type.startsWith('application/graphql-response+json'), 'application/graphql-response+json', type);
    return { status: response.status, answer: (await response.json()) as Answer<R> };
  }
}
