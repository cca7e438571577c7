"""Channels on the page: added, tested, changed; their messages and dead letters; and who was told of an alert."""

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, expect
from tests.page.conftest import Visitor
from tests.page.test_alerts import alert, line, run_is_there
from tests.server.alerts.conftest import SECRET, Receiver

from lineside_server.core.findings import Health
from lineside_server.core.judged import Judged, Told
from lineside_server.store.alerts import save_judgement

HOOK = "https://hooks.example.com/services/T0/secret-path"


@pytest.fixture
def live_server(make_server: Any) -> Any:
    """A service that may reach a receiver on loopback, and gathers for no time."""
    return make_server(webhook_allow_private=True, alert_gather=0.0, alert_settle=0.0)


@pytest.fixture
def receiver() -> Any:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def rest(live_server: Any) -> Any:
    with httpx2.Client(base_url=live_server.url) as client:
        yield client


def add(rest: Any, url: str, name: str = "ops", **told: Any) -> Any:
    return rest.post("/webhooks", json={"url": url, "name": name, "secret": SECRET, **told}).raise_for_status().json()


def channel_line(visitor: Any, name: str) -> Locator:
    found: Locator = visitor.page.locator(".channels > li").filter(
        has=visitor.page.get_by_role("link", name=name, exact=True)
    )
    return found


def field(visitor: Any, label: str) -> Locator:
    found: Locator = visitor.page.get_by_role("form").get_by_label(label, exact=True)
    return found


@pytest.fixture
def fire(visitor: Any, start_run: Any, wait: Any) -> Any:
    """Have a judge find an alert in a run of the real client, as it tells of one: `fire(name, *alerts)`."""
    visitor.server.watch.judge.stop()

    def save(name: str, *found: Any) -> None:
        run = start_run(name, id=name)
        run.log({"train/loss": 1.0, "lr": 0.0}, step=9)
        wait(lambda: run_is_there(visitor, name))
        told = tuple(Told(one.id, "fired", one.last_step, one.opened_at, one.level) for one in found)
        health = Health("warning", {"critical": 0, "warning": len(found), "info": 0}, {"passing": 1, "firing": 1}, 9)
        save_judgement(visitor.server.store, name, Judged(found, told, health, (), b"", "1")).result()

    return save


def now_alert(visitor: Any, alert_id: str, run_id: str, **fields: Any) -> Any:
    return replace(alert(alert_id, run_id), opened_at=visitor.server.watch.clock.now() + 60, **fields)


def test_without_a_channel_the_page_says_what_one_gives_and_how_to_add_it(visitor: Any) -> None:
    visitor.open("#/settings")
    visitor.page.get_by_role("link", name="Channels, their health and their messages").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Channels")
    expect(visitor.page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    visitor.assert_accessible()
    visitor.page.get_by_role("link", name="A webhook of your own").click()
    expect(visitor.page.get_by_role("form", name="Add a channel")).to_be_visible()
    visitor.page.get_by_label("Chat, mail, pagers").check()
    expect(visitor.page).to_have_url(re.compile("add=apprise"))
    expect(field(visitor, "Secret")).to_be_hidden()
    visitor.page.go_back()
    visitor.assert_calm()


def test_a_channel_is_added_its_secret_shown_once_and_its_test_arrives(visitor: Any, receiver: Receiver) -> None:
    visitor.open("#/channels")
    expect(visitor.page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    visitor.page.keyboard.press("n")
    field(visitor, "Address").fill(receiver.url)
    field(visitor, "Name").fill("night shift")
    field(visitor, "Severity").select_option("Critical alone")
    field(visitor, "Projects").fill("distil")
    field(visitor, "Projects").press("Enter")
    field(visitor, "Projects").fill("a, b")
    field(visitor, "Projects").press("Enter")
    visitor.page.get_by_role("button", name="Leave out the project distil").click()
    visitor.page.get_by_label("Quiet hours").check()
    field(visitor, "From (UTC)").fill("21:30")
    visitor.assert_accessible()
    visitor.page.get_by_role("button", name="Add the channel").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("night shift")
    expect(
        visitor.page.get_by_text("Critical alone · project a, b · quiet 21:30\u201307:00 UTC but for critical")
    ).to_be_visible()
    secret = visitor.page.get_by_role("region", name="The secret")
    told = secret.locator("code").text_content() or ""
    assert told.startswith("whsec_")
    visitor.assert_accessible()
    receiver.keep = lambda *_told: None  # type: ignore[method-assign]  # it is signed by a secret that was made there
    visitor.page.get_by_role("button", name="Send a test to night shift").click()
    expect(visitor.page.get_by_role("status").filter(has_text=re.compile(r"It arrived: 200 in \d+ ms"))).to_be_visible()
    expect(visitor.page.get_by_role("row").filter(has_text="A test")).to_contain_text("Delivered")
    secret.get_by_role("button", name="I have it").click()
    expect(secret).to_be_hidden()
    visitor.page.reload()
    expect(visitor.page.get_by_text("Last delivered")).to_be_visible()
    assert told not in visitor.page.content()
    visitor.assert_calm(most_shift=0.1)


def test_what_the_service_refuses_stands_at_its_field(visitor: Any) -> None:
    visitor.open("#/channels?add=standard")
    visitor.page.get_by_role("button", name="Add the channel").click()
    expect(field(visitor, "Address")).to_be_focused()
    expect(field(visitor, "Address")).to_have_accessible_description(re.compile("Say where its messages go."))
    field(visitor, "Address").fill("ftp://files.example.com")
    field(visitor, "Secret").fill("short")
    visitor.page.get_by_role("button", name="Add the channel").click()
    expect(field(visitor, "Secret")).to_have_accessible_description(re.compile("whsec_ followed by"))
    field(visitor, "Secret").fill("")
    visitor.page.get_by_role("button", name="Add the channel").click()
    expect(field(visitor, "Address")).to_have_accessible_description(re.compile("begins with https://"))
    visitor.assert_accessible()
    visitor.errors[:] = [said for said in visitor.errors if "422" not in said]
    visitor.assert_calm(most_shift=0.1)


def test_a_channel_is_changed_and_its_address_is_never_read_back(visitor: Any, rest: Any) -> None:
    made = add(rest, HOOK, filters={"rules": ["plateau"]})
    visitor.open(f"#/channels/{made['id']}")
    visitor.page.get_by_role("button", name="Edit").click()
    expect(field(visitor, "Address")).to_have_value("")
    expect(visitor.page.get_by_text("Kept: https://hooks.example.com; the rest of it is never shown.")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Save")).to_be_disabled()
    field(visitor, "Name").fill("day shift")
    visitor.page.get_by_label("The usual").uncheck()
    visitor.page.get_by_label("That they are over", exact=True).uncheck()
    visitor.assert_accessible()
    visitor.page.get_by_role("link", name="Cancel").click()
    dialog = visitor.page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Keep writing").click()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.page.keyboard.press("Control+s")
    expect(visitor.page.get_by_text("Warnings and worse · rule plateau · only what fires")).to_be_visible()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("day shift")
    visitor.page.get_by_role("button", name="Switch off").click()
    expect(visitor.page.locator(".health")).to_have_text(re.compile("Off$"))
    visitor.page.get_by_role("button", name="Undo").click()
    expect(visitor.page.get_by_role("button", name="Switch off")).to_be_visible()
    kept = rest.get(f"/webhooks/{made['id']}").json()
    assert (kept["name"], kept["filters"]["events"], kept["enabled"]) == ("day shift", ["run.alert.firing"], True)
    assert "secret-path" not in visitor.page.content()
    visitor.assert_calm(most_shift=0.1)


def test_a_secret_is_made_anew_and_a_channel_deleted_only_when_asked_twice(visitor: Any, rest: Any) -> None:
    made = add(rest, HOOK)
    visitor.open(f"#/channels/{made['id']}")
    visitor.page.get_by_role("button", name="New secret…").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
    expect(visitor.page.get_by_role("region", name="The secret").locator("code")).to_contain_text("whsec_")
    visitor.page.get_by_role("button", name="Delete…").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert rest.get(f"/webhooks/{made['id']}").status_code == 200
    visitor.page.get_by_role("button", name="Delete…").click()
    visitor.page.get_by_role("dialog").get_by_role("button", name="Delete the channel").click()
    expect(visitor.page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    expect(visitor.page.get_by_text("ops is deleted.")).to_be_visible()
    assert rest.get("/webhooks").json()["items"] == []


def test_a_test_that_fails_says_why_in_its_line(visitor: Any, rest: Any, receiver: Receiver) -> None:
    add(rest, receiver.url)
    receiver.answers = [(500, {})]
    visitor.open("#/channels")
    one = channel_line(visitor, "ops")
    expect(one).to_contain_text("signed webhook to http://127.0.0.1")
    expect(one).to_contain_text("Nothing was sent so far")
    one.get_by_role("button", name="Send a test to ops").click()
    expect(one.get_by_role("status")).to_have_text(
        re.compile(r"It did not arrive\. Internal Server Error \(500 in \d+ ms\)")
    )
    expect(one).to_contain_text("Failing for")
    visitor.assert_accessible()
    visitor.assert_calm(most_shift=0.1)


def test_messages_are_read_as_sent_and_dead_letters_sent_again(
    visitor: Any, rest: Any, receiver: Receiver, fire: Any
) -> None:
    made = add(rest, receiver.url)
    receiver.answers = [(410, {})]
    fire("ill", now_alert(visitor, "a", "ill"))
    visitor.open(f"#/channels/{made['id']}")
    page = visitor.page
    expect(page.locator(".health")).to_contain_text("Off: The receiver answered that it is gone (410).")
    row = page.get_by_role("row").filter(has_text="The learning rate is 0")
    expect(row).to_contain_text("Given up after 1 try")
    expect(row).to_contain_text("410")
    row.get_by_role("button", expanded=False).click()
    expect(page.get_by_role("region", name="The message as it is sent")).to_contain_text('"rule": "lr-exhausted"')
    visitor.assert_accessible()
    expect(row.get_by_role("link", name="ill")).to_have_attribute("href", "#/runs/ill?alert=a")
    page.get_by_role("button", name="Dead letters (1)").click()
    expect(page).to_have_url(re.compile("show=dead"))
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="Replay: The learning rate is 0 where 7.97e-06 is due").click()
    expect(row).to_contain_text("Delivered")
    assert receiver.told == ["run.alert.firing"]
    page.get_by_role("button", name="Waiting").click()
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    page.get_by_role("button", name="All", exact=True).click()
    expect(row).to_contain_text("Delivered")
    visitor.assert_calm(most_shift=0.1)


def test_all_dead_letters_are_sent_again_at_once(visitor: Any, rest: Any, receiver: Receiver, fire: Any) -> None:
    made = add(rest, receiver.url)
    receiver.answers = [(410, {})]
    fire("ill", now_alert(visitor, "a", "ill"))
    visitor.open(f"#/channels/{made['id']}?show=dead")
    visitor.page.get_by_role("button", name="Replay all: 1 dead letter").click()
    expect(visitor.page.get_by_text("1 message is sent again.")).to_be_visible()
    expect(visitor.page.get_by_role("row").filter(has_text="The learning rate is 0")).to_contain_text("Delivered")
    assert receiver.told == ["run.alert.firing"]


def test_an_alert_says_who_was_told_in_the_inbox_and_beside_the_charts(
    visitor: Any, rest: Any, receiver: Receiver, fire: Any
) -> None:
    add(rest, receiver.url)
    add(rest, receiver.url, name="critical alone", filters={"severity": "critical"})
    fire("ill", now_alert(visitor, "a", "ill"))
    visitor.open("#/alerts")
    one = line(visitor, "lr-exhausted")
    one.get_by_role("button", name="Evidence: lr-exhausted").click()
    told = one.locator("details.told-to")
    expect(told.locator("summary")).to_have_text(re.compile(r"Told ops at \d\d:\d\d:\d\d\."))
    told.locator("summary").click()
    expect(told).to_contain_text(re.compile(r"Told ops \(signed webhook\) at .*, delivered in \d+ ms\."))
    expect(told).to_contain_text("critical alone is told of critical alerts alone.")
    visitor.assert_accessible()
    visitor.open("#/runs/ill?alert=a")
    article = visitor.page.locator("article.incident")
    expect(article.locator("details.told-to summary")).to_have_text(re.compile("Told ops at"))
    visitor.assert_accessible()
    visitor.assert_calm(most_shift=0.05)


def test_an_alert_that_nobody_is_told_of_says_so(visitor: Any, fire: Any) -> None:
    fire("ill", now_alert(visitor, "a", "ill"))
    visitor.open("#/runs/ill")
    told = visitor.page.locator("article.incident .told-to")
    expect(told).to_contain_text("There is no channel that could be told.")
    told.get_by_role("link", name="Channels").click()
    expect(visitor.page.get_by_role("heading", name="Nobody is told yet")).to_be_visible()
    visitor.assert_calm(most_shift=0.05)


def test_a_rule_is_muted_for_a_project_by_one_click_and_told_again_by_undo(visitor: Any, rest: Any, fire: Any) -> None:
    fire("ill", now_alert(visitor, "a", "ill"))
    visitor.open("#/runs/ill")
    article = visitor.page.locator("article.incident")
    article.get_by_role("button", name="Mute for project page: lr-exhausted").click()
    expect(article).to_contain_text("Muted for project page")
    expect(article.locator(".told-to")).to_contain_text("The rule lr-exhausted is muted for project page.")
    assert [one["project"] for one in rest.get("/mutes").json()["items"]] == ["page"]
    visitor.page.get_by_role("button", name="Undo").click()
    expect(article.get_by_role("button", name="Mute for project page: lr-exhausted")).to_be_visible()
    assert rest.get("/mutes").json()["items"] == []

    visitor.open("#/alerts")
    one = line(visitor, "lr-exhausted")
    one.get_by_role("link").focus()
    visitor.page.keyboard.press("m")
    expect(one).to_contain_text("Muted for project page")
    visitor.assert_accessible()
    one.get_by_role("link").focus()
    visitor.page.keyboard.press("m")
    expect(one).not_to_contain_text("Muted for project page")
    visitor.assert_calm(most_shift=0.05)


def test_a_rule_says_for_which_projects_it_is_muted(visitor: Any, rest: Any, fire: Any) -> None:
    fire("ill")
    visitor.open("#/rules/plateau")
    muted = visitor.page.get_by_role("region", name="Muted")
    muted.get_by_label("Project").select_option("page")
    muted.get_by_role("button", name="Mute for this project").click()
    expect(muted.get_by_role("listitem")).to_contain_text("Muted for project page")
    visitor.assert_accessible()
    muted.get_by_role("button", name="End the mute for project page").click()
    expect(muted.get_by_role("listitem")).to_have_count(0)
    assert rest.get("/mutes").json()["items"] == []


@pytest.mark.parametrize("path", ["#/channels", "#/channels/x"])
def test_a_token_that_may_not_is_told_what_it_takes(visitor: Any, path: str) -> None:
    refused = {"title": "No", "status": 403, "detail": "This needs the scope admin."}
    visitor.page.route("**/webhooks**", lambda route: route.fulfill(status=403, json=refused))
    visitor.open(path)
    said = visitor.page.get_by_role("alert").filter(has_text="This needs the scope admin.")
    expect(said).to_contain_text("takes a token with the scope admin")
    expect(said.get_by_role("link", name="Use another token")).to_be_visible()
    visitor.assert_accessible()


def test_a_channel_that_is_gone_is_said_to_be(visitor: Any) -> None:
    visitor.open("#/channels/nothing")
    expect(visitor.page.get_by_role("alert").filter(has_text="This channel is gone.")).to_be_visible()


def test_the_palette_leads_to_the_channels(visitor: Any) -> None:
    visitor.open("#/rules")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Rules")
    visitor.page.keyboard.press("Control+k")
    expect(visitor.page.get_by_role("combobox", name="Go to a run")).to_be_focused()
    visitor.page.keyboard.type("chan")
    expect(visitor.page.get_by_role("option", name="Channels")).to_be_visible()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Channels")


@pytest.mark.parametrize("width", [360, 390, 700, 1000])
def test_it_fits_narrow_screens(visitor: Visitor, rest: Any, receiver: Receiver, width: int) -> None:
    made = add(rest, receiver.url, name="a-name-that-is-quite-long-for-a-channel-" * 2)
    receiver.answers = [(500, {})]
    rest.post(f"/webhooks/{made['id']}/test", json={})
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for route in (
        "#/channels",
        f"#/channels/{made['id']}",
        f"#/channels/{made['id']}?edit=1",
        "#/channels?add=apprise",
    ):
        visitor.open(route)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, route
