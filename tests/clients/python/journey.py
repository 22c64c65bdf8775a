"""A reader's journey over REST, with the client that openapi-python-client makes of openapi.json, unedited."""

import sys
import uuid
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar, cast

import httpx

from generated import AuthenticatedClient, Client
from generated.api.articles import get_article, list_articles
from generated.api.auth import refresh, register, sign_in, sign_out
from generated.api.comments import delete_comment, edit_comment, get_comment, list_comments, list_replies, post_comment
from generated.api.me import get_me
from generated.models import (
    Account,
    Article,
    ArticleList,
    Body,
    Comment,
    CommentInput,
    CommentList,
    CommentPatch,
    ListArticlesSort,
    ListCommentsSort,
    Problem,
    RefreshInput,
    RegisterInput,
    Session,
    SignInInput,
)
from generated.types import Response

T = TypeVar("T")

PASSWORD = "correct horse battery"
TIMEOUT = httpx.Timeout(30)


class Failed(Exception):
    """Something was not as expected."""


current = "starting"


def step(name: str) -> None:
    """Names what is done next: it is printed, and told where the journey fails."""
    global current
    current = name
    print(f"  {name}", flush=True)


def expect(holds: bool, expected: str, found: object = None) -> None:
    if not holds:
        raise Failed(f"expected {expected}; found {found!r}")


def same(found: object, expected: object, what: str) -> None:
    expect(found == expected, f"{what} to be {expected!r}", found)


def parsed(response: Response[Any], status: HTTPStatus, kind: type[T]) -> T:
    """What the generated client made of an answer, which must have this status and be of this kind."""
    same(response.status_code, status, f"the status (body {response.content[:300]!r})")
    if not isinstance(response.parsed, kind):
        raise Failed(f"expected a {kind.__name__}; found {response.parsed!r}")
    return response.parsed


class Reader:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.email = f"reader-{uuid.uuid4()}@clients.example"
        # The generator types every operation that takes credentials as if it needed them, also where the contract allows
        # none (`security: [{}, {bearer: []}]`); what it made takes either.
        self.anybody = cast(AuthenticatedClient, Client(base_url=origin, timeout=TIMEOUT))
        self.session: Session

    def me(self) -> AuthenticatedClient:
        return AuthenticatedClient(base_url=self.origin, token=self.session.access_token, timeout=TIMEOUT)

    def reads(self) -> Article:
        step("listing the newest 20 articles")
        first = parsed(list_articles.sync_detailed(client=self.anybody, limit=20, sort=ListArticlesSort.NEWEST), HTTPStatus.OK, ArticleList)
        same(len(first.data), 20, "the articles of the first page")
        same(first.page.limit, 20, "page.limit")
        times = [article.published_at for article in first.data]
        same(times, sorted(times, reverse=True), "the order of the articles")
        expect(times[0].utcoffset() is not None, "published_at with a time zone", times[0])

        step("following page.next once")
        cursor = first.page.next_
        if not isinstance(cursor, str):
            raise Failed("expected page.next: the demo edition has more than 20 articles")
        answer = list_articles.sync_detailed(client=self.anybody, limit=20, sort=ListArticlesSort.NEWEST, cursor=cursor)
        second = parsed(answer, HTTPStatus.OK, ArticleList)
        known = {article.id for article in first.data}
        expect(bool(second.data) and not any(article.id in known for article in second.data), "no article on both pages")

        step("getting an article with body, media, topics and comments")
        slug = next(article.slug for article in first.data if article.comments_open)
        include = "body,media,topics,comments"
        article = parsed(get_article.sync_detailed(slug, client=self.anybody, include=include), HTTPStatus.OK, Article)
        same(article.slug, slug, "its slug")
        body = article.body
        expect(isinstance(body, Body) and bool(body.html) and bool(body.text), "a body", body)
        expect(isinstance(article.media, list), "media", article.media)
        expect(isinstance(article.topics, list), "topics", article.topics)
        expect(isinstance(article.comments, CommentList), "comments", article.comments)
        return article

    def is_told(self) -> None:
        step("asking for 201 articles")
        problem = parsed(list_articles.sync_detailed(client=self.anybody, limit=201), HTTPStatus.BAD_REQUEST, Problem)
        same(problem.code, "invalid", "the problem's code")
        same(problem.status, 400, "the problem's status")
        fields = [(field.field, field.code) for field in problem.errors or []]
        same(fields, [("limit", "out_of_range")], "the fields to blame")

    def registers(self) -> None:
        step("registering")
        body = RegisterInput(email=self.email, name="A foreign reader", password=PASSWORD)
        registered = parsed(register.sync_detailed(client=self.anybody, body=body), HTTPStatus.CREATED, Session)
        same(registered.account.email, self.email, "the account's e-mail")

        step("signing in")
        wrong = SignInInput(email=self.email, password="not the password")
        problem = parsed(sign_in.sync_detailed(client=self.anybody, body=wrong), HTTPStatus.UNAUTHORIZED, Problem)
        same(problem.code, "bad_credentials", "the problem's code")
        right = SignInInput(email=self.email, password=PASSWORD)
        self.session = parsed(sign_in.sync_detailed(client=self.anybody, body=right), HTTPStatus.OK, Session)
        same(self.session.account.id, registered.account.id, "the account that is signed in")

    def talks_under(self, article: Article) -> None:
        step("posting a comment, twice with the same Idempotency-Key")
        key = str(uuid.uuid4())
        comment = self.posts(article, CommentInput(body="I was *there*."), key)
        assert_html(comment, "<p>I was <em>there</em>.</p>")
        same(self.posts(article, CommentInput(body="I was *there*."), key).id, comment.id, "the id of the comment posted again")

        step("replying to it")
        reply = self.posts(article, CommentInput(body="So was I.", parent_id=comment.id), str(uuid.uuid4()))
        same(reply.parent_id, comment.id, "the reply's parent_id")

        step("editing it")
        patch = CommentPatch(body="I was **not** there.")
        edited = parsed(edit_comment.sync_detailed(comment.id, client=self.me(), body=patch), HTTPStatus.OK, Comment)
        same(edited.revision, comment.revision + 1, "the revision after an edit")
        assert_html(edited, "<p>I was <strong>not</strong> there.</p>")

        step("finding both in the thread")
        found = self.in_thread(article, comment.id)
        same(found.revision, edited.revision, "the comment's revision in the thread")
        expect(bool(found.replies), "replies in the thread", found.replies)
        same([below.id for below in found.replies.data] if found.replies else [], [reply.id], "the ids of its replies")
        replies = parsed(list_replies.sync_detailed(comment.id, client=self.anybody), HTTPStatus.OK, CommentList)
        same([below.id for below in replies.data], [reply.id], "the ids of its replies")

        step("deleting it")
        same(delete_comment.sync_detailed(comment.id, client=self.me()).status_code, HTTPStatus.NO_CONTENT, "the status of deleting")

        step("seeing its tombstone")
        by_id = parsed(get_comment.sync_detailed(comment.id, client=self.anybody), HTTPStatus.OK, Comment)
        for tombstone in (by_id, self.in_thread(article, comment.id)):
            same(tombstone.status.value, "deleted", "the tombstone's status")
            same(tombstone.body, None, "the tombstone's body")
            same(tombstone.author, None, "the tombstone's author")

    def posts(self, article: Article, body: CommentInput, key: str) -> Comment:
        answer = post_comment.sync_detailed(article.slug, client=self.me(), body=body, idempotency_key=key)
        return parsed(answer, HTTPStatus.CREATED, Comment)

    def in_thread(self, article: Article, comment: str) -> Comment:
        answer = list_comments.sync_detailed(article.slug, client=self.anybody, sort=ListCommentsSort.NEWEST, depth=1)
        found = [each for each in parsed(answer, HTTPStatus.OK, CommentList).data if each.id == comment]
        same(len(found), 1, f"how often {comment} is among the thread's newest 20")
        return found[0]

    def leaves(self) -> None:
        step("refreshing the token")
        before = self.session.refresh_token
        answer = refresh.sync_detailed(client=self.anybody, body=RefreshInput(refresh_token=before))
        self.session = parsed(answer, HTTPStatus.OK, Session)
        expect(self.session.refresh_token != before, "another refresh token after refreshing")

        step("getting /v1/me")
        me = parsed(get_me.sync_detailed(client=self.me()), HTTPStatus.OK, Account)
        same(me.email, self.email, "my e-mail")

        step("signing out")
        body = RefreshInput(refresh_token=self.session.refresh_token)
        same(sign_out.sync_detailed(client=self.anybody, body=body).status_code, HTTPStatus.NO_CONTENT, "the status of signing out")
        problem = parsed(get_me.sync_detailed(client=self.me()), HTTPStatus.UNAUTHORIZED, Problem)
        same(problem.code, "token_revoked", "the problem's code after signing out")


def assert_html(comment: Comment, html: str) -> None:
    expect(bool(comment.body), "a comment with a body", comment)
    same(comment.body.html.strip() if comment.body else None, html, "the comment's HTML")


def fail(why: object) -> NoReturn:
    print(f"journey: FAILED: while {current}: {why}", file=sys.stderr)
    sys.exit(1)


def main() -> None:
    if len(sys.argv) != 2:
        print("usage: python journey.py ORIGIN    (for example http://127.0.0.1:8080)", file=sys.stderr)
        sys.exit(2)
    origin = sys.argv[1].rstrip("/")
    print(f"journey: against {origin}")
    try:
        reader = Reader(origin)
        article = reader.reads()
        reader.is_told()
        reader.registers()
        reader.talks_under(article)
        reader.leaves()
    except Exception as error:  # whatever the generated client raises is a failure to be told
        fail(f"{type(error).__name__}: {error}")
    done = "list, page, article with include, register, sign in, post, reply, edit, thread, delete, refresh, me, sign out"
    print(f"journey: passed: {done}")


if __name__ == "__main__":
    main()
