"""The demo's ray tracer and assembler as plain functions."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
import zlib
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

DEMO = Path(__file__).parents[2] / "examples" / "render"
SCENE = DEMO / "input" / "scene.json"


def load(path: Path) -> ModuleType:
    """Import a script of the demo without leaving a cache in the directory that the demo uploads."""
    spec = importlib.util.spec_from_file_location(f"demo_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


raytrace = load(DEMO / "input" / "raytrace.py")
demo = load(DEMO / "render.py")


def small_scene(tmp_path, **changes):
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(json.loads(SCENE.read_text()) | changes))
    return raytrace.load_scene(path, 16)


def tile(left, top, picture, size, value=0):
    return demo.Tile(left, top, picture, size, bytes([value]) * (3 * size[0] * size[1]))


def decode_png(content: bytes) -> tuple[int, int, bytes]:
    """Width, height and RGB bytes of a PNG without filters; checks every checksum."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + length
    width, height, depth, colour_type = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour_type, chunks[b"IEND"]) == (8, 2, b"")
    rows = zlib.decompress(chunks[b"IDAT"])
    stride = 3 * width + 1
    assert len(rows) == stride * height
    return width, height, b"".join(rows[y * stride + 1 : (y + 1) * stride] for y in range(height))


@given(st.integers(1, 40), st.integers(1, 80), st.integers(1, 80))
def test_the_tiles_cover_every_pixel_once(count, width, height):
    seen = [0] * (width * height)
    for index in range(count):
        left, top, right, bottom = raytrace.tile_box(index, count, width, height)
        for y in range(top, bottom):
            for x in range(left, right):
                seen[y * width + x] += 1
    assert set(seen) == {1}


def test_eight_tiles_of_a_wide_picture_are_a_grid_of_four_by_two():
    assert raytrace.tile_box(0, 8, 640, 360) == (0, 0, 160, 180)
    assert raytrace.tile_box(7, 8, 640, 360) == (480, 180, 640, 360)


def test_assembled_tiles_are_the_picture_rendered_at_once(tmp_path):
    scene = raytrace.load_scene(SCENE, 32)
    for index in range(6):
        box = raytrace.tile_box(index, 6, scene.width, scene.height)
        content = raytrace.ppm(box, scene, raytrace.render(scene, box))
        (tmp_path / f"tile-{index}.ppm").write_bytes(content)
    width, height, pixels = demo.assemble(demo.load_tiles(tmp_path, 6))
    assert (width, height) == (32, 18)
    assert pixels == raytrace.render(scene, (0, 0, 32, 18))
    assert decode_png(demo.png(width, height, pixels)) == (width, height, pixels)


def test_the_picture_follows_the_scene(tmp_path):
    box = (4, 2, 8, 6)
    plain = raytrace.render(small_scene(tmp_path), box)
    assert plain == raytrace.render(small_scene(tmp_path), box)
    assert plain != raytrace.render(small_scene(tmp_path, spheres=[]), box)


def test_progress_is_told_in_fifths(tmp_path):
    heard: list[int] = []
    scene = small_scene(tmp_path, spheres=[])
    raytrace.render(scene, (0, 0, 2, scene.height), heard.append)
    assert heard == [20, 40, 60, 80, 100]


def test_a_ray_finds_the_nearest_sphere_in_front_of_it():
    spheres = [(0, 0, 9, 1), (0, 0, 5, 1), (0, 0, -3, 1)]
    assert raytrace.nearest(spheres, (0, 0, 0), (0, 0, 1)) == (4, 1)
    assert raytrace.nearest(spheres, (0, 0, 0), (0, 1, 0)) == (raytrace.FAR, -1)


def test_a_sphere_above_hides_the_sun_and_some_of_the_sky(tmp_path):
    one = {"centre": [0, 3, 0], "radius": 1, "colour": [1, 1, 1]}
    light = {"direction": [0, 1, 0], "colour": [1, 1, 1], "radius_degrees": 5}
    scene = small_scene(tmp_path, spheres=[one], light=light)
    visible, open_sky = raytrace.occlusion(scene, (0, 0, 0), (0, 1, 0), -1)
    assert visible == 0
    assert 0 < open_sky < 1
    penumbra, _ = raytrace.occlusion(scene, (1, 0, 0), (0, 1, 0), -1)
    assert 0 < penumbra < 1
    assert raytrace.occlusion(scene, (9, 0, 0), (0, 1, 0), -1)[0] == 1


def test_missing_tiles_are_named(tmp_path):
    (tmp_path / "tile-1.ppm").write_bytes(b"")
    with pytest.raises(demo.RenderError, match=r"2 of 3 tiles did not arrive in .*: tile-0.ppm, tile-2.ppm"):
        demo.load_tiles(tmp_path, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"P5\n1 1\n", "tile-0.ppm is no tile"), (b"P6\n# at 0 0 of 1 1\n1 1\n255\n..", "cut short: 2 bytes")],
)
def test_a_broken_tile_is_refused(tmp_path, content, reason):
    (tmp_path / "tile-0.ppm").write_bytes(content)
    with pytest.raises(demo.RenderError, match=reason):
        demo.load_tiles(tmp_path, 1)


def test_tiles_of_different_pictures_are_refused():
    with pytest.raises(demo.RenderError, match="different sizes"):
        demo.assemble([tile(0, 0, (4, 2), (2, 2)), tile(2, 0, (4, 4), (2, 2))])


def test_tiles_that_leave_a_gap_are_refused():
    with pytest.raises(demo.RenderError, match="do not cover the 4x2 pixels"):
        demo.assemble([tile(0, 0, (4, 2), (2, 2))])


def test_tiles_land_where_they_belong():
    tiles = [tile(2, 0, (4, 2), (2, 2), value=9), tile(0, 0, (4, 2), (2, 2), value=1)]
    width, height, pixels = demo.assemble(tiles)
    assert (width, height) == (4, 2)
    assert pixels == (bytes([1] * 6 + [9] * 6)) * 2
