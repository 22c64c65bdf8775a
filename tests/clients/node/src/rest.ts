// A reader's journey over REST: `openapi-fetch` over the types that `openapi-typescript` makes of openapi.json.

import createClient, { type Middleware } from 'openapi-fetch';

import type { components, paths } from '../generated/openapi.js';
import { expect, freshEmail, present, run, same, step } from './journey.js';

type Schemas = components['schemas'];
type Answer<T> = { data?: T; error?: Schemas['Problem']; response: Response };

const PASSWORD = 'correct horse battery';

function createApi(origin: string, token: () => string | undefined) {
  const api = createClient<paths>({ baseUrl: origin });
  const bearer: Middleware = {
    onRequest({ request }) {
      const known = token();
      if (known !== undefined) request.headers.set('authorization', `Bearer ${known}`);
      return request;
    },
  };
  api.use(bearer);
  return api;
}

/** What was asked for, where the server must not refuse it. */
function data<T>(answer: Answer<T>, status: number, what: string): T {
  same(answer.response.status, status, `the status of ${what}${answer.error ? ` (${answer.error.detail})` : ''}`);
  return present(answer.data, `data of ${what}`);
}

/** The problem with which the server must refuse. */
function problem<T>(answer: Answer<T>, status: number, what: string): Schemas['Problem'] {
  same(answer.response.status, status, `the status of ${what}`);
  same(answer.response.headers.get('content-type'), 'application/problem+json', `the media type of ${what}`);
  const problem = present(answer.error, `a problem for ${what}`);
  same(problem.status, status, `the problem's status of ${what}`);
  return problem;
}

class Reader {
  readonly email = freshEmail();
  private session: Schemas['Session'] | undefined;
  private readonly api;

  constructor(origin: string) {
    this.api = createApi(origin, () => this.session?.access_token);
  }

  async reads(): Promise<Schemas['Article']> {
    step('listing the newest 20 articles');
    const query = { limit: 20, sort: 'newest' } as const;
    const first = data(await this.api.GET('/v1/articles', { params: { query } }), 200, 'the first page');
    same(first.data.length, 20, 'the articles of the first page');
    same(first.page.limit, 20, 'page.limit');
    same(first.page.sort, 'newest', 'page.sort');
    expectNewestFirst(first.data);

    step('following page.next once');
    const cursor = present(first.page.next, 'page.next: the demo edition has more than 20 articles');
    const second = data(await this.api.GET('/v1/articles', { params: { query: { ...query, cursor } } }), 200, 'the second page');
    expect(second.data.length > 0, 'articles on the second page');
    present(second.page.prev, 'page.prev of the second page');
    const known = new Set(first.data.map((article) => article.id));
    expect(second.data.every((article) => !known.has(article.id)), 'no article on both pages');
    expectNewestFirst([...first.data, ...second.data]);

    step('getting an article with body, media, topics and comments');
    const { slug } = present(first.data.find((article) => article.comments_open), 'an article that takes comments');
    const params = { path: { article: slug }, query: { include: 'body,media,topics,comments' } };
    const article = data(await this.api.GET('/v1/articles/{article}', { params }), 200, `the article ${slug}`);
    same(article.slug, slug, 'its slug');
    expect(article.headline.length > 0, 'a headline');
    expect(article.source.name.length > 0, "its publisher's name");
    expect(article.id.startsWith('art_'), 'an id that begins with art_', article.id);
    const published = new Date(article.published_at);
    expect(article.published_at.endsWith('Z') && !Number.isNaN(published.getTime()), 'published_at in UTC', article.published_at);
    present(article.body?.html, 'body.html with include=body');
    present(article.body?.text, 'body.text with include=body');
    present(article.media, 'media with include=media');
    present(article.topics, 'topics with include=topics');
    present(article.comments?.page, 'a first page of comments with include=comments');
    return article;
  }

  async isTold(): Promise<void> {
    step('asking for 201 articles');
    const refused = problem(await this.api.GET('/v1/articles', { params: { query: { limit: 201 } } }), 400, 'limit=201');
    same(refused.code, 'invalid', "the problem's code");
    const field = present(refused.errors?.[0], 'the field that is to blame');
    same(field.field, 'limit', 'the field that is to blame');
    same(field.code, 'out_of_range', 'what is wrong with it');
    expect(field.message.includes('200'), 'a message that names the largest limit', field.message);

    step('asking for an article that there is not');
    const path = { article: 'no-such-article' };
    const missing = problem(await this.api.GET('/v1/articles/{article}', { params: { path } }), 404, 'an unknown slug');
    same(missing.code, 'not_found', "the problem's code");
  }

  async registers(): Promise<void> {
    step('registering');
    const body = { email: this.email, name: 'A foreign reader', password: PASSWORD };
    const registered = data(await this.api.POST('/v1/auth/register', { body }), 201, 'registering');
    same(registered.account.email, this.email, "the account's e-mail");
    same(registered.account.role, 'reader', "the account's role");

    step('signing in');
    const wrong = { email: this.email, password: 'not the password' };
    const refused = problem(await this.api.POST('/v1/auth/sign-in', { body: wrong }), 401, 'signing in with a wrong password');
    same(refused.code, 'bad_credentials', "the problem's code");
    const right = { email: this.email, password: PASSWORD };
    const session = data(await this.api.POST('/v1/auth/sign-in', { body: right }), 200, 'signing in');
    same(session.token_type, 'Bearer', 'token_type');
    same(session.account.id, registered.account.id, 'the account that is signed in');
    expect(session.expires_in > 0, 'a token that lasts', session.expires_in);
    this.session = session;
  }

  async talksUnder(article: Schemas['Article']): Promise<void> {
    const comment = await this.posts(article.slug);
    const reply = await this.replies(article.slug, comment);
    await this.edits(comment);
    await this.finds(article.slug, comment, reply);
    await this.deletes(article.slug, comment, reply);
  }

  private async posts(slug: string): Promise<Schemas['Comment']> {
    step('posting a comment, twice with the same Idempotency-Key');
    const post = () =>
      this.api.POST('/v1/articles/{article}/comments', {
        params: { path: { article: slug }, header: { 'Idempotency-Key': key } },
        body: { body: 'I was *there*.' },
      });
    const key = crypto.randomUUID();
    const answer = await post();
    const comment = data(answer, 201, 'posting a comment');
    same(answer.response.headers.get('location'), `/v1/comments/${comment.id}`, 'Location');
    same(comment.body?.markdown, 'I was *there*.', "the comment's Markdown");
    same(comment.body?.html.trim(), '<p>I was <em>there</em>.</p>', "the comment's HTML");
    same(comment.status, 'published', "the comment's status");
    const again = data(await post(), 201, 'posting it again');
    same(again.id, comment.id, 'the id of the comment posted again');
    return comment;
  }

  private async replies(slug: string, to: Schemas['Comment']): Promise<Schemas['Comment']> {
    step('replying to it');
    const answer = await this.api.POST('/v1/articles/{article}/comments', {
      params: { path: { article: slug } },
      body: { body: 'So was I.', parent_id: to.id },
    });
    const reply = data(answer, 201, 'posting a reply');
    same(reply.parent_id, to.id, 'parent_id of the reply');
    same(reply.root_id, to.id, 'root_id of the reply');
    same(reply.depth, 1, 'depth of the reply');
    return reply;
  }

  private async edits(comment: Schemas['Comment']): Promise<void> {
    step('editing it');
    const params = { path: { comment: comment.id } };
    const answer = await this.api.PATCH('/v1/comments/{comment}', { params, body: { body: 'I was **not** there.' } });
    const edited = data(answer, 200, 'editing');
    same(edited.revision, comment.revision + 1, 'the revision after an edit');
    same(edited.body?.html.trim(), '<p>I was <strong>not</strong> there.</p>', 'the HTML after an edit');
    present(edited.edited_at, 'edited_at after an edit');
  }

  private async finds(slug: string, comment: Schemas['Comment'], reply: Schemas['Comment']): Promise<void> {
    step('finding both in the thread');
    const found = await this.inThread(slug, comment.id);
    same(found.body?.markdown, 'I was **not** there.', 'what the comment says in the thread');
    same(found.author?.id, this.session?.account.id, "the comment's author in the thread");
    same(found.reply_count, 1, 'its reply_count');
    const below = present(found.replies?.data, 'its replies in the thread');
    same(below.map(({ id }) => id).join(), reply.id, 'the ids of its replies');

    step('listing its replies');
    const params = { path: { comment: comment.id } };
    const replies = data(await this.api.GET('/v1/comments/{comment}/replies', { params }), 200, 'its replies');
    same(replies.data[0]?.id, reply.id, 'the id of its reply');
  }

  private async deletes(slug: string, comment: Schemas['Comment'], reply: Schemas['Comment']): Promise<void> {
    step('deleting it');
    const params = { path: { comment: comment.id } };
    const { response, error } = await this.api.DELETE('/v1/comments/{comment}', { params });
    same(response.status, 204, `the status of deleting (${error?.detail ?? 'no problem'})`);

    step('seeing its tombstone');
    const byId = data(await this.api.GET('/v1/comments/{comment}', { params }), 200, 'the tombstone');
    for (const tombstone of [byId, await this.inThread(slug, comment.id)]) {
      same(tombstone.status, 'deleted', "the tombstone's status");
      same(tombstone.body, null, "the tombstone's body");
      same(tombstone.author, null, "the tombstone's author");
    }
    const still = await this.inThread(slug, comment.id);
    same(still.replies?.data[0]?.id, reply.id, 'the reply below the tombstone');
  }

  private async inThread(slug: string, id: string): Promise<Schemas['Comment']> {
    const params = { path: { article: slug }, query: { sort: 'newest', limit: 20, depth: 1, replies: 5 } } as const;
    const thread = data(await this.api.GET('/v1/articles/{article}/comments', { params }), 200, 'the thread');
    return present(thread.data.find((comment) => comment.id === id), `the comment ${id} among the thread's newest 20`);
  }

  async leaves(): Promise<void> {
    step('refreshing the token');
    const before = present(this.session, 'a session');
    const refresh_token = before.refresh_token;
    const refreshed = data(await this.api.POST('/v1/auth/refresh', { body: { refresh_token } }), 200, 'refreshing');
    expect(refreshed.refresh_token !== refresh_token, 'another refresh token after refreshing');
    this.session = refreshed;

    step('getting /v1/me');
    const me = data(await this.api.GET('/v1/me'), 200, '/v1/me');
    same(me.email, this.email, 'my e-mail');
    same(me.id, refreshed.account.id, 'my id');
    same(me.status, 'active', 'my status');

    step('signing out');
    const body = { refresh_token: refreshed.refresh_token };
    const { response, error } = await this.api.POST('/v1/auth/sign-out', { body });
    same(response.status, 204, `the status of signing out (${error?.detail ?? 'no problem'})`);
    const refused = problem(await this.api.GET('/v1/me'), 401, '/v1/me after signing out');
    same(refused.code, 'token_revoked', "the problem's code after signing out");
  }
}

function expectNewestFirst(articles: Schemas['Article'][]): void {
  const times = articles.map((article) => Date.parse(article.published_at));
  expect(times.every((time, place) => place === 0 || time <= (times[place - 1] ?? 0)), 'articles from newest to oldest', times);
}

await run('rest', async (origin) => {
  const reader = new Reader(origin);
  const article = await reader.reads();
  await reader.isTold();
  await reader.registers();
  await reader.talksUnder(article);
  await reader.leaves();
  return 'list, page, article with include, register, sign in, post, reply, edit, thread, delete, refresh, me, sign out';
});
