"""The Python of the pages on waiting and output runs on the mock, as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qarnot_mock.testing.cloud import QarnotCloud

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("page", "said"), [("waiting.md", "frame 9 Success"), ("logs.md", "1 hello from 1")])
def test_the_blocks_of_a_page_run_one_after_the_other(
    page: str, said: str, qarnot_cloud: QarnotCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    exec("\n".join(blocks), {})
    assert said in capsys.readouterr().out
