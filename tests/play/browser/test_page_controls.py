"""Every control changes what it should, and the address says so."""

from typing import Any

import pytest
from playwright.sync_api import expect

from chainrule.play import choices
from tests.play.browser.conftest import Open, Watched
from tests.play.browser.driving import choose, eventually, fill, run_of, settings_of, shown, trained

FIELDS = {field["name"]: field for field in choices.schema()}
BASE = "data=moons&epochs=50&validation_share=0.2"


def plain(kind: str) -> list[str]:
    return [name for name, field in FIELDS.items() if field["kind"] == kind]


def another(field: dict[str, Any], now: Any) -> Any:
    """A value of a number's field that is not the one that it has."""
    least, most = field["least"], field["most"]
    near = [now + 1, now - 1] if field["kind"] == "integer" else [now / 2, (now + most) / 2, 0.01]
    return next(value for value in near if least <= value <= most and value != now)


@pytest.mark.parametrize("name", plain("choice"))
def test_a_choice_changes_the_run(open_page: Open, watched: Watched, name: str) -> None:
    page = open_page(BASE)
    if name == "own_task":
        before = run_of(page)
        page.locator("#make-own").click()
        trained(page, before)
    control = shown(page, name)
    offered = control.locator("option").evaluate_all("options => options.map(option => option.value)")
    assert offered == FIELDS[name]["options"]
    now = watched.settings[name]
    option = next(each for each in reversed(offered) if each not in (now, "lbfgs", "own", "log_softmax"))
    before = run_of(page)
    control.select_option(option)
    page.wait_for_function("run => Number(document.documentElement.dataset.run) > run", arg=before)
    eventually(page, lambda: watched.settings[name] == option)
    eventually(page, lambda: settings_of(page).get(name) == option)


@pytest.mark.parametrize("name", [*plain("integer"), *plain("number")])
def test_a_number_changes_the_run(open_page: Open, watched: Watched, name: str) -> None:
    page = open_page(BASE.replace("moons", "gaussians") if name == "classes" else BASE)
    value = another(FIELDS[name], watched.settings[name])
    shown(page, name).fill(str(value))
    eventually(page, lambda: watched.settings[name] == pytest.approx(value))
    eventually(page, lambda: float(settings_of(page).get(name, "nan")) == pytest.approx(value))


def test_a_slider_is_as_good_as_its_box(open_page: Open, watched: Watched) -> None:
    page = open_page()
    before = run_of(page)
    page.locator("#slider-setting-optimizer_settings-learning_rate").press("ArrowRight")
    trained(page, before)
    rate = watched.settings["optimizer_settings"]["learning_rate"]
    assert rate > 0.3
    assert shown(page, "optimizer_settings-learning_rate").input_value() == str(rate)


@pytest.mark.parametrize("of", ["optimizer", "schedule"])
def test_an_option_brings_its_parameters(open_page: Open, watched: Watched, of: str) -> None:
    page = open_page(BASE)
    settings = f"{of}_settings"
    for name in FIELDS[of]["options"]:
        if name != watched.settings[of]:
            choose(page, of, name)
        assert watched.settings[of] == name
        for field in FIELDS[settings]["parameters"][name]:
            if field["kind"] in ("list", "values"):
                continue  # the pieces of a rate, below
            control = f"{settings}-{field['name']}"
            now = watched.settings[settings][field["name"]]
            if field["kind"] == "switch":
                before = run_of(page)
                shown(page, control).set_checked(not now)
                trained(page, before)
                assert watched.settings[settings][field["name"]] is not now
                continue
            if now is None:
                before = run_of(page)
                shown(page, f"{control}-on").check()
                trained(page, before)
                now = watched.settings[settings][field["name"]]
                assert now == field["first"]
            value = another(field, now)
            fill(page, control, value)
            assert watched.settings[settings][field["name"]] == pytest.approx(value)


def test_what_may_be_left_out_comes_and_goes(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE + "&clip_norm=0.5")
    assert watched.settings["optimizer_settings"]["clip_norm"] == 0.5
    switch = shown(page, "optimizer_settings-clip_norm-on")
    expect(switch).to_be_checked()
    before = run_of(page)
    switch.uncheck()
    trained(page, before)
    assert watched.settings["optimizer_settings"]["clip_norm"] is None
    expect(page.locator("#setting-optimizer_settings-clip_norm")).to_have_count(0)
    eventually(page, lambda: "clip_norm" not in settings_of(page))


def test_the_pieces_of_a_rate_come_and_go(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE + "&schedule=piecewise_constant_decay&boundaries=10&factors=0.5")
    shown(page, "boundaries-0")
    before = run_of(page)
    page.locator("#add-piece").click()
    trained(page, before)
    assert watched.settings["schedule_settings"] == {"boundaries": [10, 20], "factors": [0.5, 0.05]}
    fill(page, "boundaries-1", 30)
    fill(page, "factors-0", 0.25)
    asked = len(watched.runs)
    shown(page, "boundaries-0").fill("30")  # boundaries rise
    page.wait_for_timeout(300)
    assert len(watched.runs) == asked
    eventually(page, lambda: settings_of(page).get("factors") == "0.25,0.05")
    before = run_of(page)
    page.locator(".piece button").first.click()
    trained(page, before)
    assert watched.settings["schedule_settings"] == {"boundaries": [30], "factors": [0.05]}


def test_features_are_chosen_one_by_one(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE)
    for feature in FIELDS["features"]["options"][2:]:
        before = run_of(page)
        shown(page, f"features-{feature}").check()
        trained(page, before)
        assert feature in watched.settings["features"]
    before = run_of(page)
    shown(page, "features-x1").uncheck()
    trained(page, before)
    assert "x1" not in watched.settings["features"]


def test_layers_come_and_go(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE + "&hidden=3,3")
    before = run_of(page)
    page.locator("#add-layer").click()
    before = trained(page, before)
    assert len(watched.settings["hidden"]) == 3
    assert len(watched.settings["activations"]) == 3
    fill(page, "hidden-0", 7)
    choose(page, "activations-1", "relu")
    assert watched.settings["hidden"][0] == 7
    assert watched.settings["activations"][1] == "relu"


def test_a_value_out_of_bounds_is_not_taken(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE)
    asked = len(watched.runs)
    shown(page, "epochs").fill("1000000000")
    page.locator("h1").click()
    page.wait_for_timeout(300)
    assert shown(page, "epochs").input_value() == "50"
    assert len(watched.runs) == asked


def test_what_the_engine_refuses_is_said_at_its_control(open_page: Open) -> None:
    page = open_page(BASE)
    before = run_of(page)
    shown(page, "loss").select_option("poisson")
    shown(page, "output").select_option("softmax")
    page.wait_for_function("() => document.documentElement.dataset.state === 'failed'")
    expect(page.locator(".complaint, [role=alert]").first).to_be_visible()
    shown(page, "output").select_option("auto")
    shown(page, "loss").select_option("auto")
    trained(page, before)


def test_back_undoes(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE)
    before = choose(page, "data", "circles")
    page.go_back()
    trained(page, before)
    assert watched.settings["data"] == "moons"


def test_points_are_drawn_dragged_and_deleted(open_page: Open, watched: Watched) -> None:
    page = open_page("data=xor&epochs=50")
    before = run_of(page)
    page.locator("#make-own").click()
    before = trained(page, before)
    count = len(watched.settings["points"])
    assert count == 21
    page.locator("#pen-add").check()
    plane = page.locator("#panel-plane canvas").first
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    before = trained(page, before)
    added = watched.settings["points"][-1]
    assert len(watched.settings["points"]) == count + 1
    page.locator("#pen-delete").check()
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    trained(page, before)
    assert added not in watched.settings["points"]


def test_a_dropped_table_becomes_points_and_is_shown_as_text(open_page: Open, watched: Watched) -> None:
    page = open_page(BASE)
    table = "<b>size</b>,price,kind\n" + "".join(
        f"{i / 10},{i % 7},{'<img src=x onerror=alert(1)>' if i % 2 else 'plain'}\n" for i in range(30)
    )
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "<script>.csv", "mimeType": "text/csv", "buffer": table.encode()}]
    )
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("<b>size</b>")
    before = run_of(page)
    dialog.locator("button[type=submit], button.primary").first.click()
    trained(page, before)
    assert watched.settings["data"] == "own"
    assert len(watched.settings["points"]) == 30
    assert sorted(watched.settings["class_names"]) == ["<img src=x onerror=alert(1)>", "plain"]
    assert page.locator("img[src=x]").count() == 0
