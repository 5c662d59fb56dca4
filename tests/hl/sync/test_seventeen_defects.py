"""Each of the 17 defects of the official package's synchronisation has a test, in both flavours, that shows ours.

The numbers are those of the measurements this project was built from (section 5); the tests stand in ``bucket/``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BUCKET = Path(__file__).resolve().parents[1] / "bucket"
DEFECTS = {
    1: ("keys with `..` are written outside the target", "test_01_a_key_cannot_leave_the_directory"),
    2: ("`data` deletes from `data2`", "test_02_a_remote_directory_ends_at_its_boundary"),
    3: ("a missing source empties the bucket", "test_03_a_missing_source_is_an_error_and_empties_nothing"),
    4: ("deletes before it uploads", "test_04_nothing_is_deleted_when_an_upload_fails"),
    5: ("a vanished file ends everything", "test_05_a_file_that_vanishes_fails_alone"),
    6: ("a broken download destroys the old file", "test_06_the_old_file_stays_when_a_download_fails"),
    7: ("downloads everything again", "test_07_what_is_there_already_is_not_downloaded_again"),
    8: ("downloading `data` fetches `database`", "test_08_a_download_of_a_directory_ends_at_its_boundary"),
    9: ("keys `a` and `a/b` crash", "test_09_a_file_that_is_also_a_directory_is_named_and_the_rest_comes"),
    10: ("a FIFO hangs for ever", "test_10_a_fifo_does_not_hang"),
    11: ("a broken link ends everything", "test_11_a_broken_link_is_left_aside"),
    12: ("a name that is not UTF-8 ends everything", "test_12_a_name_that_is_not_utf_8_is_left_aside"),
    13: ("an unreadable file ends everything", "test_13_an_unreadable_file_fails_alone"),
    14: ("other part sizes are uploaded again", "test_14_a_file_uploaded_in_other_parts_is_recognised"),
    15: ("blanks are stripped from names", "test_15_names_with_blanks_keep_them"),
    16: ("a changing file is not noticed", "test_16_a_file_that_changes_while_it_is_uploaded_is_an_error"),
    17: ("empty directories are dropped", "test_17_empty_directories_survive_the_round_trip"),
}


def test_there_are_seventeen() -> None:
    assert list(DEFECTS) == list(range(1, 18))
    assert len({test for _, test in DEFECTS.values()}) == 17


@pytest.mark.parametrize("flavour", ["async", "sync"])
@pytest.mark.parametrize("number", DEFECTS)
def test_each_has_its_test(number: int, flavour: str) -> None:
    text = (BUCKET / f"test_defects_{flavour}.py").read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {DEFECTS[number][1]}\(", text, re.MULTILINE)
