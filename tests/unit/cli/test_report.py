"""The report's page: self-contained, inert whatever routers say, complete; and how it gets into its file."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from sroscert.cli.files import replace as replace_file
from sroscert.cli.main import main
from sroscert.cli.report import MARK, page_text
from sroscert.cli.report_timeline import SHOWN, Timeline, timeline
from sroscert.cli.report_view import page
from sroscert.errors import ConnectError, UsageError
from sroscert.fleet.run import RouterOutcome
from sroscert.intent import RouterIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.observed import Observed, Served
from sroscert.plan.renewal import NEVER
from sroscert.plan.status import Role, status
from sroscert.schema import load
from sroscert.workflow.status import Looked
from tests.support.planning import GOOD, LOCAL_CAS, NOW, finished, in_use, plan, router, tutorial

HOSTILE = '"><script>document.title="owned"</script><img src=//192.0.2.1/x onerror=alert(1)>\u202e{{ 7*7 }}&amp;'
BROWSER = os.environ.get("SROSCERT_BROWSER")
Outcome = RouterOutcome[Looked]


def looked_at(seen: Observed, name: str = "sr", intent: RouterIntent | None = None) -> Outcome:
    """One router that could be looked at."""
    wanted = replace(intent or tutorial(), name=name)
    found = status(plan(seen, wanted), LOCAL_CAS, NOW, timedelta(seconds=120))
    drift = build(wanted, seen, load(seen.release), LOCAL_CAS, NOW, NEVER)
    return RouterOutcome(name, wanted.address, Looked(found, drift), None, 1.0)


def down(name: str = "down", message: str = "no answer in 10 s") -> Outcome:
    """One router that could not be looked at."""
    return RouterOutcome(name, "192.0.2.9", None, ConnectError(message, hint="check the address"), 10.0)


def served(info: CertificateInfo) -> Observed:
    """A finished router that serves a certificate."""
    return replace(finished(info=info), served=Served("ok", certificate=info))


def ending(days: float, serial: int = 100) -> CertificateInfo:
    """A certificate that ends in so many days."""
    return replace(GOOD, serial=serial, not_after=NOW + timedelta(days=days))


def hostile() -> list[Outcome]:
    """Routers whose every text is an attack on the page."""
    name = (("CN", HOSTILE), ("O", HOSTILE))
    info = replace(GOOD, subject=name, issuer=name, san_dns=frozenset({HOSTILE}))
    seen = replace(finished(info=info), served=Served("tls-alert", HOSTILE, certificate=info))
    others = router(running=in_use(HOSTILE, HOSTILE, HOSTILE))
    return [looked_at(seen, HOSTILE), looked_at(others, HOSTILE), down(HOSTILE, HOSTILE)]


def document(outcomes: Sequence[Outcome]) -> html.HtmlElement:
    """The page as a browser would read it."""
    return html.document_fromstring(page_text(outcomes, NOW, ["intent.yaml"]))


def shown_times(outcomes: Sequence[Outcome]) -> Timeline:
    """The timeline of routers."""
    found = timeline([(number, one.result.status) for number, one in enumerate(outcomes, 1) if one.result], NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("outcomes", [hostile(), [looked_at(served(GOOD)), looked_at(router(), "bare"), down()], []])
def test_the_page_loads_nothing_and_runs_nothing(outcomes: list[Outcome]) -> None:
    """No script, image, frame, form or handler; every link leads to a place on the page; styles are its own."""
    root = document(outcomes)

    assert {item.tag for item in root.iter() if isinstance(item.tag, str)} <= {
        "html", "head", "meta", "title", "style", "body", "a", "header", "div", "h1", "p", "nav", "ul", "li", "main",
        "section", "h3", "span", "h2", "ol", "i", "b", "details", "summary", "table", "thead", "tr", "th", "tbody",
        "td", "footer", "bdi", "h4", "h5", "dl", "dt", "dd", "pre",
    }
    names = {name for item in root.iter() for name in item.attrib}
    assert [name for name in names if name.startswith("on")] == []
    assert not names & {"src", "srcset", "action", "srcdoc"}
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in root.xpath("//@href")} <= set(ids)
    (style,) = root.xpath("//style/text()")
    assert not re.search(r"url\(|@import|expression", style)
    assert root.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')[0].startswith("default-src 'none';")


def test_what_a_router_says_is_text() -> None:
    """Names with markup are shown as they are, and characters that turn the text around are written out."""
    text = page_text(hostile(), NOW, [HOSTILE])

    assert "<script" not in text
    assert "\u202e" not in text
    assert text.count("&lt;script&gt;") > 6
    assert "\\u202e{{ 7*7 }}&amp;amp;" in text
    assert HOSTILE.replace("\u202e", "\\u202e") in document(hostile()).xpath("//summary//bdi/text()")


@pytest.mark.skipif(not BROWSER, reason="SROSCERT_BROWSER names no Chromium")
def test_a_browser_shows_the_page_and_runs_nothing_of_it(tmp_path: Path) -> None:
    """Chromium keeps the title that we gave, and has nothing to complain of."""
    assert BROWSER
    file = tmp_path / "page.html"
    file.write_text(page_text(hostile(), NOW, ["intent.yaml"]), encoding="utf-8")
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )

    assert "Certificates of 3 routers" in (html.document_fromstring(done.stdout).findtext(".//title") or "")
    assert "CONSOLE" not in done.stderr


def test_everything_of_a_router_is_on_the_page() -> None:
    """File, served, intended, issuer, names, key, end, renewal, request, profiles, findings, drift; and who is down."""
    root = document([looked_at(served(GOOD)), looked_at(router(), "bare"), down()])
    text = " ".join(root.text_content().split())

    for words in (
        "sr-cert", "the same as the file, verified", "CN=ManagementCA", "IP:172.20.20.5", "RSA 2048",
        f"{GOOD.not_after:%Y-%m-%d %H:%M} UTC, ", "ehs (", "next warning", "ca-profile ejbca-profile",
        "server-tls-profile",
        "IP:172.20.20.5 RSA 2048 by ejbca-profile", "+ /configure system grpc", "secret-in-router-log", "steps to do",
        "no answer in 10 s", "check the address", "1 not looked at",
    ):
        assert words in text, words
    assert [item.get("id") for item in root.xpath("//details[@open]")] == ["r2", "r3"]


def test_the_same_trouble_of_many_routers_is_told_once() -> None:
    """One line for all that lack their certificate; where reasons differ each router has its own beside it."""
    found = page([looked_at(router(), f"sr{number}") for number in range(30)] + [down("a", "x"), down("b", "y")], NOW)

    (missing,) = [item for item in found.troubles if item.what == "sr-cert: missing"]
    (unreachable,) = [item for item in found.troubles if item.what == "unreachable"]
    assert (len(missing.routers), missing.tone, bool(missing.why)) == (30, "bad", True)
    assert [why for _, why in unreachable.routers] == ["x", "y"]
    assert next(item.tone for item in found.troubles) == "bad"


def test_a_renewal_that_is_due_is_work_and_no_drift() -> None:
    """What `drift` calls the same as the intent is the same on the page; the steps to renew are told."""
    info = replace(ending(10), not_before=NOW - timedelta(days=300))
    intent = tutorial()
    item = intent.certificates["sr-cert"]
    external = replace(item, renewal=item.renewal.model_copy(update={"method": "external"}))
    wanted = replace(intent, certificates={"sr-cert": external})
    seen = replace(finished(info=info, intent=wanted), served=Served("ok", certificate=info))

    found = page([looked_at(seen, intent=wanted)], NOW)

    (one,) = found.routers
    assert (one.differences, one.beyond, found.differing) == ((), (), 0)
    assert "to do" in one.state


def test_the_timeline_is_in_the_order_of_the_ends() -> None:
    """The earliest end is first, an ended one lies before now, and every mark lies on the scale."""
    days = [364, 12, -3, 90, 9000]
    found = shown_times([looked_at(served(ending(day)), f"sr{day}") for day in days])

    leaves = [bar for bar in found.bars if not bar.is_ca]
    assert [bar.router for bar in leaves] == ["sr-3", "sr12", "sr90", "sr364", "sr9000"]
    assert leaves[0].end == found.now > leaves[0].start
    assert [bar.beyond for bar in leaves] == [False, False, False, False, True]
    assert leaves[1].due == found.now
    assert leaves[2].due == pytest.approx(found.now + (leaves[2].end - found.now) * 60 / 90, abs=0.05)
    marks = [bar.next for bar in leaves if bar.next is not None]
    assert all(0 <= place <= 100 for place in [*marks, *(tick.at for tick in found.ticks), found.now])


def test_a_ca_certificate_is_one_line_however_many_have_it() -> None:
    """The CA's end is shown once, with how many routers hold it."""
    found = shown_times([looked_at(served(GOOD), name) for name in ("sr1", "sr2", "sr3")])

    assert [(bar.router, bar.number) for bar in found.bars if bar.is_ca] == [("CA on 3 routers", None)]


def test_two_hundred_routers_are_folded() -> None:
    """Only the earliest ends have lines at once; a profile of all of them stands above, and its counts add up."""
    one = looked_at(served(GOOD)).result
    assert one is not None
    outcomes: list[Outcome] = []
    for number in range(200):
        info = ending(30 + number, number + 1)
        rows = [row if row.role is Role.CA else replace(row, info=info) for row in one.status.certificates]
        found_there = replace(one.status, certificates=tuple(rows))
        outcomes.append(RouterOutcome(f"sr{number:03}", "192.0.2.1", Looked(found_there, one.drift), None, 1.0))
    found = shown_times(outcomes)

    assert (len(found.bars), len(found.later)) == (SHOWN, 200 + 1 - SHOWN)
    assert sum(count for one in found.slices for _, count, _ in one.counts) == 200
    assert max(sum(count for _, count, _ in one.counts) for one in found.slices) == found.most
    text = page_text(outcomes, NOW, ["intent.yaml"])
    assert len(text) < 1_500_000
    assert "<details class=\"router\" id=\"r200\">" in text


@pytest.mark.parametrize("days", [1, 20, 70, 100, 400, 3000])
def test_dates_on_the_scale_do_not_run_into_each_other(days: int) -> None:
    """Whatever the lifetime is, there are some dates and not too many."""
    found = shown_times([looked_at(served(ending(days)))])

    places = [tick.at for tick in found.ticks]
    assert 2 <= len(places) <= 10
    assert all(after - before >= 9 for before, after in itertools.pairwise(places))


def test_a_page_replaces_a_page_and_nothing_else(tmp_path: Path) -> None:
    """An earlier page goes, at once and with its rights kept; any other file stays."""
    target, other = tmp_path / "page.html", tmp_path / "intent.yaml"
    text = page_text([], NOW, ["intent.yaml"])
    replace_file(target, text, MARK)
    target.chmod(0o640)
    other.write_text("version: 1\n")

    replace_file(target, text + "<!-- new -->", MARK)
    with pytest.raises(UsageError, match="not written over"):
        replace_file(other, text, MARK)

    assert target.read_text(encoding="utf-8").endswith("<!-- new -->")
    assert target.stat().st_mode & 0o777 == 0o640
    assert other.read_text() == "version: 1\n"
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "intent.yaml"}


@pytest.mark.parametrize("name", ["nowhere/page.html", "."], ids=["no folder", "a folder"])
def test_a_target_that_cannot_be_is_told_before_any_router_is_asked(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the target; the intent is not even read."""
    code = main(["report", "-f", "nothing.yaml", "--out", str(tmp_path / name)])

    assert code == 64
    assert str(tmp_path) in capsys.readouterr().err
