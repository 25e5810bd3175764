"""The test of the book's players finds what it is to find."""

import numpy as np
from test_book_players import silent_players

from aigc_edu.teaching.players import player


def page(tmp_path, clips, caption=None):
    path = tmp_path / "page.html"
    path.write_text(f"<p>silence</p><div>{player(clips, 8000, caption).markup}</div>")
    return path


def tone(peak, seconds=0.3):
    return peak * np.sin(np.arange(int(8000 * seconds)))


def test_a_silent_an_empty_and_a_faint_player_are_found(tmp_path):
    for x in (np.zeros(4000), tone(0.5, 0.01), tone(0.002)):
        assert len(silent_players(page(tmp_path, {"a word": tone(0.5), "seven": x}))) == 1


def test_what_says_so_beside_it_may_be_silent(tmp_path):
    clips = {"seven": np.zeros(4000)}
    assert silent_players(page(tmp_path, clips))
    assert not silent_players(page(tmp_path, clips, "It has fallen silent."))
    assert not silent_players(page(tmp_path, {"almost nothing": tone(0.002)}))


def test_what_can_be_heard_is_no_fault(tmp_path):
    assert not silent_players(page(tmp_path, {"a": tone(0.5), "b": tone(0.005)}))
