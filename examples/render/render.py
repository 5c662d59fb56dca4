"""Renders a picture on the Qarnot cloud: eight instances, one tile each, assembled here to one PNG.

Runs unchanged on the real cloud (set ``QARNOT_CLIENT_TOKEN``, leave ``QARNOT_CLUSTER_URL`` unset) and on a mock:
``qarnot-mock run --executor local -- python examples/render/render.py``.
"""

from __future__ import annotations

import argparse
import re
import shutil
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import qarnot_hl as qarnot

INPUT = Path(__file__).parent / "input"
TILE_HEADER = re.compile(rb"P6\n# at (\d+) (\d+) of (\d+) (\d+)\n(\d+) (\d+)\n255\n")


class RenderError(Exception):
    """The picture cannot be made; the text says what is missing."""


@dataclass(frozen=True)
class Tile:
    """Part of a picture: its place, the size of the whole, its own size, and three bytes a pixel."""

    left: int
    top: int
    picture: tuple[int, int]
    size: tuple[int, int]
    pixels: bytes


def read_tile(content: bytes, name: str) -> Tile:
    """Read what ``raytrace.py`` writes. Raises RenderError when it is not complete."""
    header = TILE_HEADER.match(content)
    if header is None:
        raise RenderError(f"{name} is no tile: it starts with {content[:20]!r}")
    left, top, picture_width, picture_height, width, height = map(int, header.groups())
    pixels = content[header.end() :]
    if len(pixels) != 3 * width * height:
        raise RenderError(f"{name} is cut short: {len(pixels)} bytes of pixels instead of {3 * width * height}")
    return Tile(left, top, (picture_width, picture_height), (width, height), pixels)


def load_tiles(directory: Path, count: int) -> list[Tile]:
    """The tiles 0 to ``count`` - 1. Raises RenderError naming those that did not arrive."""
    paths = [directory / f"tile-{index}.ppm" for index in range(count)]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise RenderError(f"{len(missing)} of {count} tiles did not arrive in {directory}: {', '.join(missing)}")
    return [read_tile(path.read_bytes(), path.name) for path in paths]


def assemble(tiles: list[Tile]) -> tuple[int, int, bytes]:
    """Width, height and pixels of the whole picture. Raises RenderError when the tiles are not of one picture."""
    (width, height), *others = {tile.picture for tile in tiles}
    if others:
        raise RenderError("the tiles belong to pictures of different sizes: is an older result in the bucket?")
    if sum(tile.size[0] * tile.size[1] for tile in tiles) != width * height:
        raise RenderError(f"the tiles do not cover the {width}x{height} pixels of the picture exactly")
    canvas = bytearray(3 * width * height)
    for tile in tiles:
        row_bytes = 3 * tile.size[0]
        for row in range(tile.size[1]):
            start = 3 * ((tile.top + row) * width + tile.left)
            canvas[start : start + row_bytes] = tile.pixels[row * row_bytes : (row + 1) * row_bytes]
    return width, height, bytes(canvas)


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG file of 8-bit RGB pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def render_on_qarnot(directory: Path, instances: int, width: int | None) -> None:
    """Run the task and download its tiles into ``directory``. Raises RenderError when the task does not succeed."""
    conn = qarnot.Connection()
    scene = conn.retrieve_or_create_bucket("render-input")
    scene.sync_directory(str(INPUT), verbose=True)
    results = conn.retrieve_or_create_bucket("render-results")
    for old in list(results.list_files()):
        results.delete_file(old.key)

    task = conn.create_task("render", "docker-batch", instances)
    task.resources.append(scene)
    task.results = results
    task.results_whitelist = r"^tile-\d+\.ppm$"
    task.constants["DOCKER_REPO"] = "library/python"
    task.constants["DOCKER_TAG"] = "3.12-slim"
    task.constants["DOCKER_CMD"] = "python3 raytrace.py"
    if width is not None:
        task.constants["PICTURE_WIDTH"] = str(width)
    try:
        task.submit()
        print(f"task {task.uuid} submitted: {instances} instances", flush=True)
        task.wait(follow_state=True, follow_stdout=True, follow_stderr=True)
        if task.state != "Success":
            reasons = "; ".join(str(error) for error in task.errors) or "no reason given"
            raise RenderError(f"task {task.uuid} ended as {task.state}: {reasons}")
        task.download_results(str(directory))
    finally:
        if task.uuid is not None:
            task.delete()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--instances", type=int, default=8, help="how many tiles (default 8)")
    parser.add_argument("--width", type=int, help="width of the picture in pixels (default: what the scene says)")
    parser.add_argument("--output", type=Path, default=Path("demo-output"), help="where the picture goes")
    options = parser.parse_args()
    tiles = options.output / "tiles"
    shutil.rmtree(tiles, ignore_errors=True)
    tiles.mkdir(parents=True)
    try:
        render_on_qarnot(tiles, options.instances, options.width)
        width, height, pixels = assemble(load_tiles(tiles, options.instances))
    except RenderError as error:
        sys.exit(f"render: {error}")
    picture = (options.output / "render.png").resolve()
    picture.write_bytes(png(width, height, pixels))
    print(f"{width}x{height} picture: {picture}")


if __name__ == "__main__":
    main()
