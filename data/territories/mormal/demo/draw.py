"""Draws the logo of the demonstration's invented syndicate, four hedges on two fields: ``draw.py``. Ours, CC0."""

from pathlib import Path

from PIL import Image, ImageDraw

SCALE = 4  # drawn larger, then reduced: smooth edges
WIDTH, HEIGHT = 480, 200
FIELD, HEDGE, BRICK = "#dfe9d8", "#2f6b3c", "#a8452c"


def draw() -> Image.Image:
    """The drawing, on a transparent ground."""
    image = Image.new("RGBA", (WIDTH * SCALE, HEIGHT * SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 90 * SCALE, WIDTH * SCALE, HEIGHT * SCALE), 24 * SCALE, fill=FIELD)
    pen.line((0, 190 * SCALE, WIDTH * SCALE, 120 * SCALE), fill=BRICK, width=6 * SCALE)
    for rank in range(4):
        left = (24 + rank * 112) * SCALE
        pen.rectangle((left + 42 * SCALE, 120 * SCALE, left + 52 * SCALE, 166 * SCALE), fill=BRICK)
        for x, y, radius in ((24, 92, 30), (70, 92, 30), (47, 62, 38)):
            box = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(tuple(left * (at in {0, 2}) + side * SCALE for at, side in enumerate(box)), fill=HEDGE)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    draw().save(Path(__file__).parent / "quatre-haies.png", optimize=True)
