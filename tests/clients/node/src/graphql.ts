// A reader's journey over GraphQL: plain `fetch`, typed by the documents that `@graphql-codegen` makes of schema.graphql;
// then the same conversation followed live over every transport there is.

import * as gql from '../generated/graphql/graphql.js';
import { expect, freshEmail, present, run, same, step } from './journey.js';
import { followLive } from './live.js';
import { Endpoint } from './transport.js';

const PASSWORD = 'correct horse battery';

type Edge = gql.FrontPageQuery['articles']['edges'][number];
type Story = Edge['node'];
type Session = NonNullable<gql.SessionResultFragment['session']>;

/** What a mutation changed, where it must have changed something. */
function done<T>(result: T | null | undefined, userErrors: gql.UserErrorFieldsFragment[], what: string): T {
  expect(userErrors.length === 0, `no user errors of ${what}`, userErrors);
  return present(result, `the result of ${what}`);
}

class Reader {
  readonly endpoint: Endpoint;
  private readonly email = freshEmail();
  private session: Session | undefined;

  constructor(origin: string) {
    this.endpoint = new Endpoint(origin);
  }

  async pages(): Promise<Story> {
    step('paging through articles');
    const { articles: first } = await this.endpoint.execute(gql.FrontPageDocument, { first: 20 });
    same(first.edges.length, 20, 'the articles of the first page');
    expect(first.pageInfo.hasNextPage, 'a page after the first: the demo edition has more than 20 articles');
    same(first.pageInfo.endCursor, first.edges.at(-1)?.cursor, 'endCursor of the first page');
    const after = present(first.pageInfo.endCursor, 'endCursor');
    const { articles: second } = await this.endpoint.execute(gql.FrontPageDocument, { first: 20, after });
    expect(second.pageInfo.hasPreviousPage, 'a page before the second');
    const known = new Set(first.edges.map(({ node }) => node.id));
    expect(second.edges.length > 0 && second.edges.every(({ node }) => !known.has(node.id)), 'no article on both pages');
    return this.chooses([...first.edges, ...second.edges].map(({ node }) => node));
  }

  /** The story that needs the most of the reference page: a lead image with its credit, and a video with its duration. */
  private chooses(stories: Story[]): Story {
    const hasVideo = ({ media }: Story) => media.nodes.some((medium) => medium.kind === 'VIDEO' && medium.durationMs != null);
    const hasLead = ({ leadImage }: Story) => Boolean(leadImage?.caption && leadImage.credit);
    const chosen = stories.find((story) => story.commentsOpen && hasVideo(story) && hasLead(story));
    return present(chosen, 'an article with a lead image (caption, credit) and a video (durationMs) among the newest 40');
  }

  async reads(story: Story): Promise<void> {
    step('drawing the reference page in one query');
    const { article: found } = await this.endpoint.execute(gql.ReferencePageDocument, { slug: story.slug });
    const article = present(found, `the article ${story.slug}`);
    same(article.id, story.id, 'its id');
    same(article.headline, story.headline, 'its headline');
    expect(article.publishedAt.endsWith('Z') && !Number.isNaN(Date.parse(article.publishedAt)), 'publishedAt in UTC', article.publishedAt);
    expect(article.source.name.length > 0, "the publisher's name");
    present(article.source.logoUrl, "the publisher's logo");
    const body = present(article.body, 'a body');
    expect(body.html.includes('<p>') && body.text.length > 0, 'paragraphs in the body', body.html.slice(0, 100));
    const lead = present(article.leadImage, 'a lead image');
    present(lead.caption, "the lead image's caption");
    present(lead.credit, "the lead image's credit");
    const video = present(article.media.nodes.find(({ kind }) => kind === 'VIDEO'), 'a video');
    expect((video.durationMs ?? 0) > 0, "the video's durationMs", video.durationMs);
    expect(article.authors.nodes.every(({ name }) => name.length > 0), 'names in the bylines', article.authors.nodes);
    expect(article.comments.nodes.length <= 10, 'at most 10 comments', article.comments.nodes.length);
    expect(article.comments.nodes.every(({ replies }) => replies.nodes.length <= 5), 'at most 5 replies to each');
    expect(Number.isInteger(article.commentCount), 'commentCount', article.commentCount);
  }

  async isTold(): Promise<void> {
    step('asking for 201 articles');
    const { answer } = await this.endpoint.attempt(gql.FrontPageDocument, { first: 201 });
    const error = present(answer.errors?.[0], 'an error for first: 201');
    same(error.extensions?.['code'], 'INVALID', "the error's code");
    expect(error.message.includes('200'), 'a message that names the largest page', error.message);
  }

  async registers(): Promise<void> {
    step('registering');
    const input = { email: this.email, name: 'A foreign reader', password: PASSWORD };
    const { register } = await this.endpoint.execute(gql.RegisterDocument, { input });
    const registered = done(register.session, register.userErrors, 'registering');
    same(registered.account.email, this.email, "the account's e-mail");
    const { register: again } = await this.endpoint.execute(gql.RegisterDocument, { input });
    same(again.userErrors[0]?.field, 'email', 'the field to blame for registering again');

    step('signing in');
    const wrong = { email: this.email, password: 'not the password' };
    const { signIn: refused } = await this.endpoint.execute(gql.SignInDocument, { input: wrong });
    same(refused.userErrors[0]?.code, 'BAD_CREDENTIALS', 'the user error of a wrong password');
    const { signIn } = await this.endpoint.execute(gql.SignInDocument, { input: { email: this.email, password: PASSWORD } });
    this.takes(done(signIn.session, signIn.userErrors, 'signing in'));
    same(this.session?.account.id, registered.account.id, 'the account that is signed in');
  }

  private takes(session: Session): void {
    this.session = session;
    this.endpoint.token = session.accessToken;
  }

  async talksUnder(story: Story): Promise<void> {
    step('posting a comment, twice with the same idempotencyKey');
    const idempotencyKey = crypto.randomUUID();
    const comment = await this.posts({ articleId: story.id, body: 'I was *there*.', idempotencyKey });
    same(comment.body?.html.trim(), '<p>I was <em>there</em>.</p>', "the comment's HTML");
    same((await this.posts({ articleId: story.id, body: 'I was *there*.', idempotencyKey })).id, comment.id, 'the id of the comment posted again');
    const input = { articleId: story.id, body: ' ' };
    const { postComment: silent } = await this.endpoint.execute(gql.PostCommentDocument, { input });
    same(silent.comment, null, 'the comment that says nothing');
    same(`${silent.userErrors[0]?.code} ${silent.userErrors[0]?.field}`, 'INVALID body', 'the user error of a comment that says nothing');

    step('replying to it');
    const reply = await this.posts({ articleId: story.id, body: 'So was I.', parentId: comment.id });
    same(reply.parentId, comment.id, "the reply's parentId");

    step('editing it');
    const { editComment } = await this.endpoint.execute(gql.EditCommentDocument, { input: { id: comment.id, body: 'I was **not** there.' } });
    const edited = done(editComment.comment, editComment.userErrors, 'editing');
    same(edited.revision, comment.revision + 1, 'the revision after an edit');

    step('finding both in the thread');
    const found = await this.inThread(story.slug, comment.id);
    same(found.body?.markdown, 'I was **not** there.', 'what the comment says in the thread');
    same(found.author?.id, this.session?.account.id, "the comment's author in the thread");
    same(found.replies.nodes.map(({ id }) => id).join(), reply.id, 'the ids of its replies');

    step('deleting it, and seeing its tombstone');
    const { deleteComment } = await this.endpoint.execute(gql.DeleteCommentDocument, { id: comment.id });
    same(done(deleteComment.comment, deleteComment.userErrors, 'deleting').status, 'DELETED', 'the status after deleting');
    const tombstone = await this.inThread(story.slug, comment.id);
    same(tombstone.status, 'DELETED', "the tombstone's status");
    same(tombstone.body, null, "the tombstone's body");
    same(tombstone.author, null, "the tombstone's author");
    same(tombstone.replies.nodes[0]?.id, reply.id, 'the reply below the tombstone');
  }

  private async posts(input: gql.PostCommentInput) {
    const { postComment } = await this.endpoint.execute(gql.PostCommentDocument, { input });
    return done(postComment.comment, postComment.userErrors, 'posting');
  }

  private async inThread(slug: string, id: string) {
    const { article } = await this.endpoint.execute(gql.ThreadDocument, { slug });
    const found = article?.comments.nodes.find((comment) => comment.id === id);
    return present(found, `the comment ${id} among the thread's newest 20`);
  }

  async leaves(): Promise<void> {
    step('refreshing the token');
    const refreshToken = present(this.session, 'a session').refreshToken;
    const { refresh } = await this.endpoint.execute(gql.RefreshDocument, { input: { refreshToken } });
    this.takes(done(refresh.session, refresh.userErrors, 'refreshing'));
    const { viewer } = await this.endpoint.execute(gql.ViewerDocument, {});
    same(viewer?.email, this.email, 'my e-mail');

    step('signing out');
    const last = present(this.session, 'a session').refreshToken;
    const { signOut } = await this.endpoint.execute(gql.SignOutDocument, { input: { refreshToken: last } });
    same(done(signOut.signedOut, signOut.userErrors, 'signing out'), true, 'signedOut');
    const { status, answer } = await this.endpoint.attempt(gql.ViewerDocument, {});
    same(status, 401, 'the status after signing out');
    same(answer.errors?.[0]?.extensions?.['code'], 'TOKEN_REVOKED', 'the code after signing out');
  }
}

await run('graphql', async (origin) => {
  const reader = new Reader(origin);
  const story = await reader.pages();
  await reader.reads(story);
  await reader.isTold();
  await reader.registers();
  await reader.talksUnder(story);
  const followers = await followLive(reader.endpoint, story.id);
  await reader.leaves();
  return `reference page, paging, register, sign in, post, reply, edit, thread, delete, refresh, sign out; live by ${followers}`;
});
