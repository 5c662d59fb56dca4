"""Renders one tile of the picture that ``scene.json`` describes, and writes it as ``tile-<k>.ppm``.

Standard library only, because it runs on a bare Python image: each instance of the task is one tile, known by
``INSTANCE_ID`` and ``INSTANCE_COUNT``. ``PICTURE_WIDTH`` overrides the width of the scene (pixels).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Vector = tuple[float, float, float]
Sphere = tuple[float, float, float, float]  # centre and radius
FAR = 1e9
BOUNCES = 3


@dataclass(frozen=True)
class Surface:
    """``mirror`` is the share of light reflected when seen head-on, ``tint`` what it does to the colour."""

    colour: Vector
    mirror: float
    tint: Vector


@dataclass(frozen=True)
class Scene:
    width: int
    height: int
    eye: Vector
    target: Vector
    view_degrees: float
    light: Vector  # unit vector towards the sun
    light_colour: Vector
    light_radius: float  # radians; how soft the shadows are
    zenith: Vector
    horizon: Vector
    floor: tuple[Surface, Surface]
    spheres: tuple[Sphere, ...]
    surfaces: tuple[Surface, ...]


def load_scene(path: Path, width: int | None = None) -> Scene:
    """Read a scene; ``width`` replaces its own, and the height follows in proportion."""
    data = json.loads(path.read_text())
    chosen = width or data["width"]
    light, camera, sky, floor = data["light"], data["camera"], data["sky"], data["floor"]
    return Scene(
        width=chosen,
        height=max(1, round(chosen * data["height"] / data["width"])),
        eye=_vector(camera["eye"]),
        target=_vector(camera["target"]),
        view_degrees=camera["view_degrees"],
        light=normalise(_vector(light["direction"])),
        light_colour=_vector(light["colour"]),
        light_radius=math.radians(light["radius_degrees"]),
        zenith=_vector(sky["zenith"]),
        horizon=_vector(sky["horizon"]),
        floor=(_surface(floor["light"]), _surface(floor["dark"])),
        spheres=tuple((*_vector(item["centre"]), item["radius"]) for item in data["spheres"]),
        surfaces=tuple(_surface(item) for item in data["spheres"]),
    )


def tile_box(index: int, count: int, width: int, height: int) -> tuple[int, int, int, int]:
    """The pixels of one tile: left, top, right, bottom (the last two exclusive).

    The tiles form a grid whose cells are as square as the number of tiles allows; together they cover the picture.
    """
    columns = min(
        (c for c in range(1, count + 1) if count % c == 0),
        key=lambda c: abs(math.log((width / c) / (height * c / count))),
    )
    rows = count // columns
    column, row = index % columns, index // columns
    return (
        width * column // columns,
        height * row // rows,
        width * (column + 1) // columns,
        height * (row + 1) // rows,
    )


def render(scene: Scene, box: tuple[int, int, int, int], progress: Callable[[int], None] | None = None) -> bytes:
    """The pixels of a box, row by row, three bytes each. ``progress`` hears the per cent done, in steps of twenty."""
    left, top, right, bottom = box
    ray = camera_rays(scene)

    def look(x: float, y: float) -> Vector:
        return trace(scene, scene.eye, ray(x, y))

    def rough_row(y: int) -> list[Vector]:  # one pixel more on each side, so that smoothing has no seams
        return [look(x + 0.5, y + 0.5) for x in range(left - 1, right + 1)]

    pixels = bytearray()
    above, row = rough_row(top - 1), rough_row(top)
    for y in range(top, bottom):
        below = rough_row(y + 1)
        for x in range(left, right):
            at = x - left + 1
            colour = row[at]
            if is_edge(colour, (row[at - 1], row[at + 1], above[at], below[at])):
                colour = average([look(x + dx, y + dy) for dx, dy in SUBPIXELS])
            pixels += to_bytes(colour)
        above, row = row, below
        done = [5 * (rows - top) // (bottom - top) for rows in (y, y + 1)]
        if progress is not None and done[0] < done[1]:
            progress(20 * done[1])
    return bytes(pixels)


SUBPIXELS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))  # a rotated grid


def camera_rays(scene: Scene) -> Callable[[float, float], Vector]:
    """From pixel coordinates to the unit direction of sight."""
    ex, ey, ez = scene.eye
    tx, ty, tz = scene.target
    fx, fy, fz = normalise((tx - ex, ty - ey, tz - ez))
    rx, _, rz = normalise((-fz, 0.0, fx))  # to the right; the y axis points up
    ux, uy, uz = -rz * fy, rz * fx - rx * fz, rx * fy
    scale = 2 * math.tan(math.radians(scene.view_degrees) / 2) / scene.width
    half_width, half_height = scene.width / 2, scene.height / 2

    def ray(x: float, y: float) -> Vector:
        a, b = (x - half_width) * scale, (half_height - y) * scale
        return normalise((fx + a * rx + b * ux, fy + b * uy, fz + a * rz + b * uz))

    return ray


def trace(scene: Scene, origin: Vector, direction: Vector, depth: int = 0) -> Vector:
    """The light (linear, about 0 to 1 a channel) that arrives at ``origin`` from ``direction``."""
    distance, index = nearest(scene.spheres, origin, direction)
    dx, dy, dz = direction
    if dy < -1e-6 and (to_floor := -origin[1] / dy) < distance:
        distance, index = to_floor, -1
    if distance == FAR:
        return sky(scene, direction)
    px, py, pz = origin[0] + distance * dx, origin[1] + distance * dy, origin[2] + distance * dz
    if index < 0:
        normal: Vector = (0.0, 1.0, 0.0)
        point = (px, 1e-4, pz)
        surface = scene.floor[(math.floor(px) + math.floor(pz)) & 1]
        haze = 1 - math.exp(-(distance * distance) / 1600) if depth < 2 else 0.0
    else:
        cx, cy, cz, radius = scene.spheres[index]
        normal = ((px - cx) / radius, (py - cy) / radius, (pz - cz) / radius)
        point = (px + normal[0] * 1e-4, py + normal[1] * 1e-4, pz + normal[2] * 1e-4)
        surface, haze = scene.surfaces[index], 0.0
    facing = -(dx * normal[0] + dy * normal[1] + dz * normal[2])
    dark = surface.mirror > 0.5  # a mirror's own colour is hardly seen
    colour = surface.colour if dark else shade(scene, point, normal, direction, facing, surface, index)
    fresnel = surface.mirror + (1 - surface.mirror) * max(0.0, 1 - facing) ** 5 * (0.9 if surface.mirror else 0.0)
    if fresnel > 0.02 and depth < BOUNCES:
        bounced = (dx + 2 * facing * normal[0], dy + 2 * facing * normal[1], dz + 2 * facing * normal[2])
        seen = trace(scene, point, bounced, depth + 1)
        colour = (
            colour[0] * (1 - fresnel) + seen[0] * surface.tint[0] * fresnel,
            colour[1] * (1 - fresnel) + seen[1] * surface.tint[1] * fresnel,
            colour[2] * (1 - fresnel) + seen[2] * surface.tint[2] * fresnel,
        )
    return mix(colour, scene.horizon, haze) if haze else colour


def nearest(spheres: Sequence[Sphere], origin: Vector, direction: Vector) -> tuple[float, int]:
    """Distance and index of the first sphere on a ray, or ``(FAR, -1)``."""
    ox, oy, oz = origin
    dx, dy, dz = direction
    best, found = FAR, -1
    for index, (cx, cy, cz, radius) in enumerate(spheres):
        x, y, z = cx - ox, cy - oy, cz - oz
        along = x * dx + y * dy + z * dz
        if along > 0.0:
            inside = radius * radius - (x * x + y * y + z * z - along * along)
            if inside > 0.0:
                distance = along - math.sqrt(inside)
                if 1e-4 < distance < best:
                    best, found = distance, index
    return best, found


def shade(
    scene: Scene, point: Vector, normal: Vector, direction: Vector, facing: float, surface: Surface, own: int
) -> Vector:
    """Light that a surface scatters by itself: sun, sky and a highlight."""
    nx, ny, nz = normal
    lx, ly, lz = scene.light
    lit = nx * lx + ny * ly + nz * lz
    visible, open_sky = occlusion(scene, point, normal, own)
    sun = max(0.0, lit) * (visible if lit > 0.0 else 0.0)
    ambient = (0.35 + 0.25 * ny) * open_sky
    hx, hy, hz = normalise((lx - direction[0], ly - direction[1], lz - direction[2]))
    shine = visible * 0.9 * max(0.0, nx * hx + ny * hy + nz * hz) ** 90 if lit > 0.0 and own >= 0 else 0.0
    r, g, b = surface.colour
    sr, sg, sb = scene.light_colour
    ar, ag, ab = scene.zenith
    return (
        r * (sun * sr + ambient * (ar + 0.35)) + shine * sr,
        g * (sun * sg + ambient * (ag + 0.35)) + shine * sg,
        b * (sun * sb + ambient * (ab + 0.35)) + shine * sb,
    )


def occlusion(scene: Scene, point: Vector, normal: Vector, own: int) -> tuple[float, float]:
    """How much of the sun's disc and of the sky is not hidden by spheres, each from 0 to 1.

    Both have closed forms for spheres, near enough for the eye, so soft shadows need no random rays and no noise.
    """
    px, py, pz = point
    nx, ny, nz = normal
    lx, ly, lz = scene.light
    soft = scene.light_radius
    visible = open_sky = 1.0
    for index, (cx, cy, cz, radius) in enumerate(scene.spheres):
        if index == own:
            continue
        x, y, z = cx - px, cy - py, cz - pz
        square = x * x + y * y + z * z
        reach = radius / math.sqrt(square)
        if reach < 0.03:
            continue
        along = x * lx + y * ly + z * lz
        if along > 0.0:
            gap = math.sqrt(max(0.0, square - along * along)) - radius  # how far the ray passes the sphere
            edge = gap / (along * soft)
            if edge < 1.0:
                t = 0.5 + 0.5 * max(-1.0, edge)
                visible *= t * t * (3 - 2 * t)
        towards = (x * nx + y * ny + z * nz) / math.sqrt(square)
        if towards > 0.0:
            open_sky *= 1 - min(1.0, towards * reach * reach)
    return visible, open_sky


def sky(scene: Scene, direction: Vector) -> Vector:
    """A gradient from horizon to zenith, and the sun with its glow."""
    height = max(0.0, direction[1])
    colour = mix(scene.horizon, scene.zenith, min(1.0, height * 1.6) ** 0.55)
    towards = direction[0] * scene.light[0] + direction[1] * scene.light[1] + direction[2] * scene.light[2]
    glow = max(0.0, towards) ** 24 * 0.35 + max(0.0, towards) ** 900 * 3
    r, g, b = scene.light_colour
    return (colour[0] + glow * r, colour[1] + glow * g, colour[2] + glow * b)


def to_bytes(colour: Vector) -> bytes:
    """Film: highlights roll off instead of clipping, then the display's gamma."""
    return bytes(min(255, round(255 * (1 - math.exp(-1.35 * max(0.0, c))) ** (1 / 2.2))) for c in colour)


def ppm(box: tuple[int, int, int, int], scene: Scene, pixels: bytes) -> bytes:
    """A binary PPM file whose comment tells where the tile belongs: left and top, and the size of the picture."""
    left, top, right, bottom = box
    place = (left, top, scene.width, scene.height)
    return b"P6\n# at %d %d of %d %d\n" % place + b"%d %d\n255\n" % (right - left, bottom - top) + pixels


def is_edge(colour: Vector, neighbours: Sequence[Vector]) -> bool:
    """Whether a pixel differs visibly from one beside it."""
    r, g, b = colour
    return any(abs(r - nr) + abs(g - ng) + abs(b - nb) > 0.16 for nr, ng, nb in neighbours)


def average(colours: Sequence[Vector]) -> Vector:
    r, g, b = (sum(channel) / len(colours) for channel in zip(*colours, strict=True))
    return (r, g, b)


def mix(first: Vector, second: Vector, share: float) -> Vector:
    keep = 1 - share
    return (
        first[0] * keep + second[0] * share,
        first[1] * keep + second[1] * share,
        first[2] * keep + second[2] * share,
    )


def normalise(vector: Vector) -> Vector:
    x, y, z = vector
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length)


def _vector(values: Sequence[float]) -> Vector:
    x, y, z = values
    return (float(x), float(y), float(z))


def _surface(data: Mapping[str, object]) -> Surface:
    colour, mirror, tint = data["colour"], data.get("mirror", 0.0), data.get("tint", (1, 1, 1))
    assert isinstance(colour, list)
    assert isinstance(mirror, (int, float))
    assert isinstance(tint, (list, tuple))
    return Surface(_vector(colour), float(mirror), _vector(tint))


def main() -> None:
    here = Path(__file__).parent
    index, count = int(os.environ["INSTANCE_ID"]), int(os.environ["INSTANCE_COUNT"])
    scene = load_scene(here / "scene.json", int(os.environ.get("PICTURE_WIDTH") or 0))
    box = tile_box(index, count, scene.width, scene.height)
    print(f"tile {index}: {box[2] - box[0]}x{box[3] - box[1]} pixels of {len(scene.spheres)} spheres", flush=True)
    pixels = render(scene, box, lambda percent: print(f"tile {index}: {percent} %", flush=True))
    Path(f"tile-{index}.ppm").write_bytes(ppm(box, scene, pixels))


if __name__ == "__main__":
    main()
