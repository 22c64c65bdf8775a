// Following a conversation live, by every transport that Broadsheet offers: each follower must see a comment posted, edited
// and deleted, in this order, once.

import { EventSource } from 'eventsource';
import { print } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';

import * as gql from '../generated/graphql/graphql.js';
import type { components } from '../generated/openapi.js';
import { expect, present, same, step, until } from './journey.js';
import type { Endpoint } from './transport.js';

type Kind = components['schemas']['ChangeKind'];

/** What a follower was told, the same whatever told it. */
interface Told {
  kind: Kind;
  comment: string;
  says: string | null;
  sequence: string;
}

/** Somebody who follows an article's comments. */
class Follower {
  readonly told: Told[] = [];
  broken: unknown;
  close: () => void = () => {};

  constructor(readonly name: string) {}

  sees(kind: Kind, comment: string): boolean {
    expect(this.broken === undefined, `${this.name} to go on`, this.broken);
    return this.told.some((told) => told.kind === kind && told.comment === comment);
  }

  /** What it was told about one comment. */
  about(comment: string): Told[] {
    return this.told.filter((told) => told.comment === comment);
  }
}

/** Talks, and expects every follower to hear it; answers who followed. */
export async function followLive(endpoint: Endpoint, articleId: string): Promise<string> {
  step('following the conversation over every live transport');
  const pilot = await post(endpoint, articleId, 'Is anybody listening?');
  const followers = [
    overWebSocket(endpoint, articleId),
    overEvents(endpoint, articleId, 'graphql-sse (distinct connections)', false),
    overEvents(endpoint, articleId, 'graphql-sse (single connection)', true),
    overEventSource(endpoint, articleId, 'EventSource'),
  ];
  // Nobody is told when a subscription has begun, so the pilot comment is edited until everybody has heard of it.
  for (let edits = 1; !followers.every((follower) => follower.sees('comment_edited', pilot)); edits += 1) {
    const deaf = followers.filter((follower) => !follower.sees('comment_edited', pilot)).map(({ name }) => name);
    expect(edits <= 60, `an event of ${pilot} to reach ${deaf.join(', ')} within 60 edits`);
    await edit(endpoint, pilot, `Is anybody listening? ${edits}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }

  step('posting, editing and deleting before the followers');
  const comment = await post(endpoint, articleId, 'Breaking.');
  await heard(followers, 'comment_posted', comment);
  await edit(endpoint, comment, 'Still breaking.');
  await heard(followers, 'comment_edited', comment);
  const last = present(followers.at(-1)?.about(comment).at(-1), 'the last event').sequence;
  await remove(endpoint, comment);
  await heard(followers, 'comment_deleted', comment);
  followers.forEach((follower) => expectWholeStory(follower, comment));
  followers.forEach((follower) => follower.close());

  step('going on from the last event after a broken connection');
  const late = [
    overEventSource(endpoint, articleId, 'EventSource (Last-Event-ID)', last),
    overWebSocket(endpoint, articleId, last),
  ];
  await heard(late, 'comment_deleted', comment);
  for (const follower of late) {
    same(follower.about(comment).length, 1, `what ${follower.name} is told of what it missed`);
    follower.close();
  }
  return followers.map(({ name }) => name).join(', ');
}

async function heard(followers: Follower[], kind: Kind, comment: string): Promise<void> {
  const deaf = () => followers.filter((follower) => !follower.sees(kind, comment));
  await until(() => deaf().length === 0, () => `${kind} of ${comment} to reach ${deaf().map(({ name }) => name).join(', ')}`);
}

function expectWholeStory({ name, told }: Follower, comment: string): void {
  const story = told.filter((event) => event.comment === comment);
  same(story.map(({ kind }) => kind).join(), 'comment_posted,comment_edited,comment_deleted', `the story told by ${name}`);
  same(story.map(({ says }) => says).join('|'), 'Breaking.|Still breaking.|', `the words told by ${name}`);
  const sequences = told.map(({ sequence }) => Number(sequence));
  expect(sequences.every((sequence, place) => place === 0 || sequence > (sequences[place - 1] ?? 0)), `growing sequences from ${name}`, sequences);
}

// --- The followers

type CommentEvents = gql.CommentEventsSubscription;
type Result = { data?: CommentEvents | null | undefined; errors?: readonly unknown[] | undefined };

/** What a GraphQL follower does with each result. */
function sink(follower: Follower) {
  return {
    next({ data, errors }: Result): void {
      if (!data) {
        follower.broken = errors ?? 'a result without data';
        return;
      }
      const { kind, sequence, comment } = data.commentEvents;
      const lower = kind.toLowerCase() as Lowercase<typeof kind>;
      follower.told.push({ kind: lower, sequence, comment: comment.id, says: comment.body?.markdown ?? null });
    },
    error(error: unknown): void {
      follower.broken = error;
    },
    complete(): void {},
  };
}

function overWebSocket(endpoint: Endpoint, articleId: string, since?: string): Follower {
  const follower = new Follower(since === undefined ? 'graphql-ws' : 'graphql-ws (since)');
  const client = createWsClient({
    url: `${endpoint.origin.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: endpoint.headers()['authorization'] },
    retryAttempts: 0,
  });
  const query = print(gql.CommentEventsDocument);
  const variables = { articleId, since: since ?? null };
  const stop = client.subscribe<CommentEvents>({ query, variables }, sink(follower));
  follower.close = () => {
    stop();
    void client.dispose();
  };
  return follower;
}

function overEvents(endpoint: Endpoint, articleId: string, name: string, singleConnection: boolean): Follower {
  const follower = new Follower(name);
  const client = createSseClient({
    url: `${endpoint.origin}/graphql${singleConnection ? '/stream' : ''}`,
    singleConnection,
    headers: endpoint.headers(),
    retryAttempts: 0,
  });
  const query = print(gql.CommentEventsDocument);
  const stop = client.subscribe<CommentEvents>({ query, variables: { articleId } }, sink(follower));
  follower.close = () => {
    stop();
    client.dispose();
  };
  return follower;
}

/** REST's event stream, as a browser reads it: no credentials, no GraphQL. */
function overEventSource({ origin }: Endpoint, articleId: string, name: string, lastEventId?: string): Follower {
  const follower = new Follower(name);
  const source = new EventSource(`${origin}/v1/articles/${articleId}/comments/events`, {
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      if (lastEventId !== undefined) headers.set('last-event-id', lastEventId);
      return fetch(url, { ...init, headers });
    },
  });
  const kinds: Kind[] = ['comment_posted', 'comment_edited', 'comment_deleted'];
  for (const kind of kinds) {
    source.addEventListener(kind, (message) => {
      const event = JSON.parse(message.data) as components['schemas']['CommentEvent'];
      if (event.kind !== kind || event.sequence !== message.lastEventId) {
        follower.broken = `the event ${message.lastEventId} (${kind}) and its data ${message.data} disagree`;
      }
      follower.told.push({ kind, sequence: event.sequence, comment: event.comment.id, says: event.comment.body?.markdown ?? null });
    });
  }
  source.addEventListener('error', (error) => {
    follower.broken = `${error.code ?? ''} ${error.message ?? 'an error'}`;
  });
  follower.close = () => source.close();
  return follower;
}

// --- What the followers hear of

async function post(endpoint: Endpoint, articleId: string, body: string): Promise<string> {
  const { postComment } = await endpoint.execute(gql.PostCommentDocument, { input: { articleId, body } });
  return present(postComment.comment, `a posted comment (${JSON.stringify(postComment.userErrors)})`).id;
}

async function edit(endpoint: Endpoint, id: string, body: string): Promise<void> {
  const { editComment } = await endpoint.execute(gql.EditCommentDocument, { input: { id, body } });
  present(editComment.comment, `an edited comment (${JSON.stringify(editComment.userErrors)})`);
}

async function remove(endpoint: Endpoint, id: string): Promise<void> {
  const { deleteComment } = await endpoint.execute(gql.DeleteCommentDocument, { id });
  present(deleteComment.comment, `a deleted comment (${JSON.stringify(deleteComment.userErrors)})`);
}
