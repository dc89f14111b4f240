"""Draw the demonstration's three pictures: ``draw.py``. Flat shapes in the colours of the house; ours, CC0."""

import math
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

HERE = Path(__file__).parent
W, H, SCALE = 1200, 800, 2
Draw = ImageDraw.ImageDraw


def canvas(top: str, bottom: str) -> tuple[Image.Image, Draw]:
    """A sky that goes from one colour to another."""
    image = Image.new("RGB", (W * SCALE, H * SCALE))
    draw = ImageDraw.Draw(image)
    a, b = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (top, bottom))
    for y in range(H * SCALE):
        t = y / (H * SCALE)
        draw.line([(0, y), (W * SCALE, y)], tuple(round(p + (q - p) * t) for p, q in zip(a, b, strict=True)))
    return image, draw


def at(*numbers: float) -> list[float]:
    """Scaled coordinates."""
    return [number * SCALE for number in numbers]


def hedge(draw: Draw, y: float, height: float, colour: str, seed: int, step: int = 26) -> None:
    """A row of rounded bushes."""
    chance = random.Random(seed)
    draw.rectangle(at(0, y, W, y + height), colour)
    x = -step
    while x < W + step:
        r = step * chance.uniform(0.9, 1.5)
        lift = chance.uniform(-0.4, 0.5) * step
        draw.ellipse(at(x - r, y - r + lift, x + r, y + r + lift), colour)
        x += step * chance.uniform(0.7, 1.1)


def hills(draw: Draw, y: float, swell: float, colour: str, phase: float) -> None:
    """A line of soft hills down to the bottom."""
    points = [(x * SCALE, (y + swell * math.sin(x / 210 + phase)) * SCALE) for x in range(0, W + 1, 10)]
    draw.polygon([*points, (W * SCALE, H * SCALE), (0, H * SCALE)], colour)


def tree(draw: Draw, x: float, y: float, size: float, crown: str, trunk: str) -> None:
    """A pollard: a short trunk and a round head."""
    draw.rectangle(at(x - size * 0.09, y - size * 0.55, x + size * 0.09, y), trunk)
    for dx, dy, r in ((0, -0.95, 0.42), (-0.3, -0.75, 0.33), (0.3, -0.75, 0.33), (0, -0.65, 0.36)):
        draw.ellipse(at(x + (dx - r) * size, y + (dy - r) * size, x + (dx + r) * size, y + (dy + r) * size), crown)


def save(image: Image.Image, name: str) -> None:
    """Down to size, as a PNG with few colours."""
    small = image.resize((W, H), Image.Resampling.LANCZOS)
    small.quantize(96, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


def composter() -> None:
    """A wooden composter at the foot of a hedge, a bucket of peelings beside it."""
    image, draw = canvas("#dfe9ee", "#fbf3e2")
    hills(draw, 420, 26, "#c3d6b2", 0.3)
    hills(draw, 480, 18, "#a9c495", 2.1)
    tree(draw, 985, 520, 230, "#7f9f78", "#6b5847")
    hedge(draw, 500, 120, "#4f7f4f", 4, 34)
    hedge(draw, 560, 60, "#3a6a40", 9, 26)
    draw.rectangle(at(0, 610, W, H), "#8fb573")
    hills(draw, 640, 8, "#83aa68", 1.0)
    draw.ellipse(at(380, 690, 800, 745), "#6f9558")
    left, right, top, bottom = 420, 760, 400, 720
    draw.rectangle(at(left, top, right, bottom), "#5d4331")
    for i in range(7):
        y = top + 8 + i * 45
        draw.rounded_rectangle(at(left - 14, y, right + 14, y + 34), 6 * SCALE, "#a87b52" if i % 2 else "#b5885d")
        draw.line(at(left, y + 24, right, y + 22), "#96693f", 3)
    for x in (left - 4, right - 26):
        draw.rectangle(at(x, top - 20, x + 30, bottom + 8), "#8a6242")
    draw.ellipse(at(left + 12, top - 36, right - 12, top + 26), "#4c3a2b")
    chance = random.Random(3)
    for _ in range(46):
        x, y = chance.uniform(left + 40, right - 40), chance.uniform(top - 26, top + 6)
        r = chance.uniform(6, 15)
        draw.ellipse(
            at(x - r, y - r * 0.6, x + r, y + r * 0.6), chance.choice(["#c46a32", "#7da35a", "#d8b24a", "#8a5a3a"])
        )
    draw.polygon(at(842, 610, 960, 610, 944, 732, 858, 732), "#9a3820")
    draw.ellipse(at(842, 592, 960, 628), "#772a17")
    for dx, colour in ((-30, "#7da35a"), (0, "#d8b24a"), (28, "#c46a32")):
        draw.ellipse(at(901 + dx - 24, 580, 901 + dx + 24, 616), colour)
    draw.arc(at(848, 520, 954, 680), 180, 360, "#55626b", 8)
    save(image, "composteur.png")


def frost() -> None:
    """A frozen road at dawn between two white hedges."""
    image, draw = canvas("#5f7f99", "#f6d9bd")
    draw.ellipse(at(520, 330, 680, 490), "#fdf0d5")
    hills(draw, 430, 20, "#b9c8d0", 0.8)
    for x, size in ((130, 190), (300, 120), (930, 130), (1090, 210)):
        tree(draw, x, 480, size, "#dbe5ea", "#6d7880")
    hills(draw, 470, 10, "#d5e0e5", 2.4)
    draw.polygon(at(560, 470, 640, 470, 1010, H, 190, H), "#7f8f9a")
    draw.polygon(at(572, 470, 628, 470, 900, H, 300, H), "#8e9ea9")
    for y in range(490, H, 70):
        t = (y - 470) / 330
        draw.polygon(at(598 - 4 * t, y, 602 + 4 * t, y, 604 + 9 * t, y + 30, 596 - 9 * t, y + 30), "#f3f1ea")
    shine = Image.new("L", image.size)
    light = ImageDraw.Draw(shine)
    for x, y, w in ((520, 640, 120), (640, 560, 70), (430, 740, 170), (690, 720, 130)):
        light.ellipse(at(x - w, y - 9, x + w, y + 9), 130)
    image.paste("#f4fafd", (0, 0), shine.filter(ImageFilter.GaussianBlur(8)))
    draw = ImageDraw.Draw(image)
    for side in (-1, 1):
        for i in range(16):
            t = (i / 15) ** 1.8
            x, y, r = 600 + side * (70 + 520 * t), 478 + 290 * t, 16 + 80 * t
            draw.ellipse(at(x - r, y - r, x + r, y + r * 0.8), "#c9d8df" if i % 2 else "#e6eef2")
    save(image, "verglas.png")


def library() -> None:
    """The brick front of a village library at dusk, its windows lit."""
    image, draw = canvas("#26384a", "#d9906a")
    chance = random.Random(8)
    for _ in range(60):
        x, y = chance.uniform(0, W), chance.uniform(0, 260)
        draw.ellipse(at(x - 1.4, y - 1.4, x + 1.4, y + 1.4), "#e8e2d2")
    hills(draw, 560, 16, "#2c3d3a", 0.2)
    tree(draw, 140, 640, 330, "#25352f", "#1f2823")
    tree(draw, 1080, 640, 280, "#25352f", "#1f2823")
    left, right, top, bottom = 300, 900, 340, 680
    draw.polygon(at(left - 30, top, 600, 170, right + 30, top), "#33414a")
    draw.rectangle(at(left, top, right, bottom), "#9a4a34")
    for row, y in enumerate(range(top, bottom, 17)):
        draw.line(at(left, y, right, y), "#873d2a", 2)
        for x in range(left + (row % 2) * 21, right, 42):
            draw.line(at(x, y, x, y + 17), "#873d2a", 2)
    draw.rectangle(at(left, top - 4, right, top + 16), "#8b98a1")
    draw.rectangle(at(left, bottom - 40, right, bottom), "#7d8a93")
    for x in (345, 455, 690, 800):
        draw.rounded_rectangle(at(x - 12, 412, x + 72, 590), 10 * SCALE, "#8b98a1")
        draw.rectangle(at(x, 424, x + 60, 580), "#ffd98a")
        for shelf in (470, 522, 574):
            draw.rectangle(at(x, shelf, x + 60, shelf + 6), "#8a5a3a")
            at_x = x + 4.0
            while at_x < x + 52:
                w, h = chance.uniform(5, 10), chance.uniform(22, 38)
                draw.rectangle(
                    at(at_x, shelf - h, at_x + w, shelf), chance.choice(["#9a3820", "#2a5d36", "#2d5a78", "#8a6a10"])
                )
                at_x += w + 1.5
        draw.line(at(x + 30, 424, x + 30, 580), "#8b98a1", 6)
    draw.rounded_rectangle(at(556, 440, 644, 680), 12 * SCALE, "#8b98a1")
    draw.rectangle(at(568, 456, 632, 680), "#2a5d36")
    draw.rectangle(at(576, 468, 624, 550), "#ffe3a6")
    draw.ellipse(at(560, 238, 640, 318), "#8b98a1")
    draw.ellipse(at(570, 248, 630, 308), "#ffe9bd")
    draw.line(at(600, 278, 600, 256), "#33414a", 7)
    draw.line(at(600, 278, 616, 286), "#33414a", 7)
    draw.rectangle(at(0, 680, W, H), "#4a5157")
    draw.polygon(at(556, 680, 644, 680, 760, H, 440, H), "#6b665c")
    glow = Image.new("L", image.size)
    light = ImageDraw.Draw(glow)
    light.ellipse(at(430, 660, 770, 780), 90)
    image.paste("#ffd98a", (0, 0), glow.filter(ImageFilter.GaussianBlur(60)))
    save(image, "bibliotheque.png")


if __name__ == "__main__":
    composter()
    frost()
    library()
