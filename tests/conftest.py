"""What every test may lean on: a throw-away Postgres, a var/ of its own, real workers and a real browser."""

from __future__ import annotations

import io
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.support import chromium
from tests.support.cluster import Cluster, open_cluster
from tests.support.worker import BrokerUnavailable, LiveWorker, RedisServer, publish_to

CLUSTER = pytest.StashKey[Cluster]()
NO_BROWSER, NO_REDIS = "no Chromium on this machine", "no redis-server on this machine"
MADE_BY_MIGRATIONS = frozenset({"django_content_type", "auth_permission", "investigations_reviewtarget"})
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


# --- The session: one cluster, settings, what could not run ---------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster before Django reads its settings, since they want a database address.

    With several processes each has a cluster, a var/ and a browser of its own, and the one that hands out the tests none.
    """
    os.umask(0o077)
    if _only_hands_out(config):
        return
    cluster = open_cluster()
    config.stash[CLUSTER] = cluster
    os.environ.update(
        DATABASE_URL=cluster.owner_url,
        MIGRATE_DATABASE_URL=cluster.owner_url,
        CELERY_BROKER_URL="memory://",
        SECRET_KEY=secrets.token_urlsafe(50),
        STILLWATCH_VAR=tempfile.mkdtemp(prefix="var-", dir=cluster.folder),
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="true",  # Playwright's event loop runs in the thread that asks the database
        STATIC_FORM="plain",
        CANCEL_WINDOW_S="0",  # a test that is about waiting asks for it
        ENFORCEMENT_SPREAD_S="0",
    )
    for name in ("DEBUG", "HTTPS", "ALLOWED_HOSTS", "ENFORCEMENT_WEBHOOK_URL", "ENFORCEMENT_WEBHOOK_SECRET"):
        os.environ[name] = {"DEBUG": "false", "HTTPS": "false", "ALLOWED_HOSTS": "localhost,127.0.0.1"}.get(name, "")
    import django

    django.setup()
    _hash_passwords_fast()
    _flush_what_was_filled()


def pytest_unconfigure(config: pytest.Config) -> None:
    cluster = config.stash.get(CLUSTER, None)
    if cluster is not None:
        cluster.close()


def _only_hands_out(config: pytest.Config) -> bool:
    """Whether this process runs no test itself, because pytest-xdist's workers do."""
    distributed = config.getoption("dist", "no") != "no" and not config.getoption("collectonly")
    return distributed and not hasattr(config, "workerinput")


# A machine that is busy with two test processes is no fault of what is tested.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def _hash_passwords_fast() -> None:
    """Hashing is slow on purpose, a third of a second for each sign-in; what is tested is who gets in, not how long it takes."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def _flush_what_was_filled() -> None:
    """Between transactional tests empty the tables that hold rows, and leave what only migrations make.

    Truncating every table and making content types and permissions anew takes a second each time.
    """
    from django.core.management.commands import flush
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(self: DatabaseOperations, style: object, tables: list[str], **options: object) -> list[str]:
        asked = [table for table in tables if table not in MADE_BY_MIGRATIONS]
        exists = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM {self.quote_name(t)})" for t in asked)
        with self.connection.cursor() as cursor:
            cursor.execute(exists)
            filled = [self.quote_name(table) for (table,) in cursor.fetchall()]
        # Without their triggers: the trail refuses to be emptied, holds keep what they name, and the queue writes itself anew.
        return [
            *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in filled),
            *(f"DELETE FROM {name}" for name in filled),
            "SET CONSTRAINTS ALL IMMEDIATE",
            *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in filled),
        ]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
    flush.emit_post_migrate_signal = lambda *given, **named: None  # type: ignore[assignment]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and set it aside where there is none; in CI a missing browser is an error.

    What starts workers, then what drives a browser, comes first: such tests are the longest, and one that is left to the end
    would keep one process busy while the others have nothing to do.
    """
    browsing = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    for item in browsing:
        item.add_marker(pytest.mark.e2e)
    if browsing and chromium.find() is None and not IN_CI:
        for item in browsing:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
    items.sort(key=lambda item: (not item.get_closest_marker("worker"), not item.get_closest_marker("e2e")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what this machine could not run."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missing = (
        (NO_BROWSER, "BROWSER TESTS DID NOT RUN", "install chromium (apt-get install chromium)"),
        (NO_REDIS, "REDIS TESTS DID NOT RUN", "install redis-server"),
        ("LibreOffice", "SPREADSHEET TESTS DID NOT RUN", "apt-get install --no-install-recommends libreoffice-calc"),
    )
    for reason, what, remedy in missing:
        if count := sum(reason in report for report in skipped):
            terminalreporter.write_sep("!", f"{count} {what}: {remedy}", red=True, bold=True)


# --- Database -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    return pytestconfig.stash[CLUSTER]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object, cluster: Cluster) -> None:
    """After the migrations: what the application's role may do, as on a real machine."""
    from django.core.management import call_command

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        for command in ("grant_app_role", "install_broker"):
            call_command(command, cluster.app_role, stdout=io.StringIO())
        call_command("grant_audit_role", cluster.audit_role, stdout=io.StringIO())


@pytest.fixture
def client() -> object:
    """Reads pages as a browser shows them."""
    from tests.support.pages import Reader

    return Reader()


@pytest.fixture
def app_database_url(db: None, cluster: Cluster) -> str:
    """The test database as the application's role sees it: what web server and workers sign in with."""
    from django.db import connection

    return cluster.app_url(str(connection.settings_dict["NAME"]))


@pytest.fixture
def app_connection(app_database_url: str) -> Iterator[object]:
    """A psycopg connection of the application's role; sees only what is committed (use `transactional_db` with it)."""
    import psycopg

    with psycopg.connect(app_database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def audit_connection(db: None, cluster: Cluster) -> Iterator[object]:
    """A psycopg connection of the auditor's role; sees only what is committed."""
    import psycopg
    from django.db import connection as ours

    with psycopg.connect(cluster.audit_url(str(ours.settings_dict["NAME"])), autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, settings: object) -> Path:
    """A var/ that only this test uses: its lake, its exports."""
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    settings.VAR_DIR, settings.LAKE_DIR, settings.EXPORT_DIR = folder, folder / "lake", folder / "exports"  # type: ignore[attr-defined]
    settings.SIGNING_DIR, settings.CHECKPOINT_DIR = folder / "signing", folder / "checkpoints"  # type: ignore[attr-defined]
    return folder


# --- Workers --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    try:
        server = RedisServer.start(tmp_path)
    except BrokerUnavailable as error:
        if IN_CI:
            pytest.fail(str(error))
        pytest.skip(str(error))
    with server:
        yield server.url


@pytest.fixture
def worker_factory(transactional_db: None, app_database_url: str, var_dir: Path, tmp_path: Path) -> Iterator[object]:
    """Make workers: `worker_factory("pgmq://")` starts a real process; tasks sent by the test go to the same broker."""
    started: list[LiveWorker] = []

    def make(broker_url: str = "pgmq://", **options: object) -> LiveWorker:
        publish_to(broker_url, app_database_url)
        number = len(started)
        worker = LiveWorker(broker_url, app_database_url, var_dir, tmp_path / f"worker-{number}.log", **options)
        started.append(worker)
        return worker.start()

    yield make
    for worker in started:
        worker.kill()  # at once; the ordinary end is what the tests of script/server are about
    publish_to("memory://", app_database_url)


@pytest.fixture
def live_worker(worker_factory: object) -> LiveWorker:
    """A real Celery worker on the queue tables of the test database, signed in as the application's role."""
    return worker_factory()  # type: ignore[operator, no-any-return]


@pytest.fixture(params=["pgmq", pytest.param("redis", marks=pytest.mark.redis)])
def any_broker(request: pytest.FixtureRequest) -> str:
    """The address of each broker in turn; Redis only where a server is found."""
    return "pgmq://" if request.param == "pgmq" else str(request.getfixturevalue("redis_url"))


# --- Browser --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium, driven by Playwright."""
    with chromium.launched() as running:
        yield running


@pytest.fixture
def page(browser: object, live_server: object) -> Iterator[object]:
    """A fresh, empty browser window whose relative addresses are those of the live server."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB", timezone_id="UTC")  # type: ignore[attr-defined]
    context.set_default_timeout(60_000)  # a machine that is busy with two test processes is no fault of a page
    yield context.new_page()
    context.close()
