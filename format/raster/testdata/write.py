# Writes the pictures beside it, and golden.txt, by Pillow 13.0.0:
#
#     python3 write.py
#
# A line of golden.txt is: file, what was wanted (rows x columns x channels, fit, background; 0x0 for
# the picture's own size), how far a value may be off, and the pixels in base64.
import base64
import io
import random

from PIL import Image, ImageOps

golden = open("golden.txt", "w")
random.seed(1)


def scene(w, h):
    """Smooth shades with a few hard edges, so that a transposed, shifted or aliased copy is seen."""
    img = Image.new("RGB", (w, h))
    for y in range(h):
        for x in range(w):
            v = (255 * x // w, 255 * y // h, (37 * x + 11 * y) % 256 if (x // 5 + y // 3) % 2 else 20)
            img.putpixel((x, y), v)
    return img


def smooth(w, h):
    img = Image.new("RGB", (w, h))
    for y in range(h):
        for x in range(w):
            img.putpixel((x, y), (60 + 120 * x // w, 60 + 120 * y // h, 200 - 100 * x // w))
    return img


def opened(data, c, background):
    img = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if img.mode == "I;16" or img.mode == "I;16B" or img.mode == "I":
        img = Image.frombytes("L", img.size, bytes(v >> 8 for v in img.get_flattened_data()))
    if img.mode in ("RGBA", "LA", "PA") or "transparency" in img.info:
        img = img.convert("RGBA")
        under = Image.new("RGBA", img.size, background + (255,))
        img = Image.alpha_composite(under, img)
    return img.convert("RGB").convert("L" if c == 1 else "RGB")


def want(name, h=0, w=0, c=3, fit="crop", background=(255, 255, 255), tolerance=0):
    data = open(name, "rb").read()
    img = opened(data, c, background)
    if h:
        bicubic = Image.Resampling.BICUBIC
        if fit == "stretch":
            img = img.resize((w, h), bicubic)
        elif fit == "pad":
            under = background if c == 3 else Image.new("RGB", (1, 1), background).convert("L").getpixel((0, 0))
            img = ImageOps.pad(img, (w, h), bicubic, color=under)
        else:  # torchvision's Resize and CenterCrop
            if h * img.width >= w * img.height:
                size = (h * img.width // img.height, h)
            else:
                size = (w, w * img.height // img.width)
            img = img.resize(size, bicubic)
            top, left = int(round((size[1] - h) / 2)), int(round((size[0] - w) / 2))
            img = img.crop((left, top, left + w, top + h))
    print(name, f"{h}x{w}x{c}", fit, "#%02x%02x%02x" % background, tolerance, f"{img.height}x{img.width}",
          base64.b64encode(img.tobytes()).decode(), file=golden)


def save(img, name, **options):
    img.save(name, **options)
    return name


def alpha(img):
    img = img.convert("RGBA")
    img.putalpha(Image.frombytes("L", img.size, bytes(random.randrange(256) for _ in range(img.width * img.height))))
    return img


a = scene(13, 9)
gray16 = Image.frombytes("I;16", (13, 9), bytes(random.randrange(256) for _ in range(2 * 13 * 9)))

for name, img, off in [
    ("rgb.png", a, 0), ("gray.png", a.convert("L"), 0), ("gray16.png", gray16, 0),
    ("bits.png", a.convert("1"), 0), ("palette.png", a.quantize(16), 0), ("rgba.png", alpha(a), 1),
    ("grayalpha.png", alpha(a).convert("LA"), 1), ("palettegray.png", a.convert("L").quantize(8), 0),
    ("rgb.bmp", a, 0), ("palette.bmp", a.quantize(16), 0), ("gray.bmp", a.convert("L"), 0),
    ("rgb.tiff", a, 0), ("gray16.tiff", gray16, 0), ("rgba.tiff", alpha(a), 1),
    ("palette.gif", a.quantize(16), 0),
]:
    save(img, name)
    want(name, c=3, tolerance=off)
    want(name, c=1, tolerance=off)
save(a, "lzw.tiff", compression="tiff_lzw")
want("lzw.tiff")
save(a, "deflate.tiff", compression="tiff_adobe_deflate")
want("deflate.tiff")
save(a.quantize(16), "transparent.png", transparency=3)
want("transparent.png", background=(10, 200, 30))
want("rgba.png", background=(10, 200, 30), tolerance=1)
want("rgba.png", c=1, background=(10, 200, 30), tolerance=1)

# A first frame smaller than the canvas: what is around it is transparent.
frame = Image.new("RGBA", (13, 9))
frame.paste(a.crop((0, 0, 6, 4)), (3, 2))
save(frame, "frame.gif", save_all=True, append_images=[alpha(a)], disposal=2)
want("frame.gif", background=(10, 200, 30))

# Lossy ones: the transforms round otherwise, by 2 at most where no colour is of half size.
save(a, "full.jpg", quality=90, subsampling=0)
want("full.jpg", tolerance=3)
want("full.jpg", c=1, tolerance=2)
save(a.convert("L"), "gray.jpg", quality=80)
want("gray.jpg", tolerance=1)
want("gray.jpg", c=1, tolerance=1)
save(smooth(32, 24), "half.jpg", quality=90)  # 4:2:0
want("half.jpg", tolerance=6)
save(smooth(32, 24), "progressive.jpg", quality=90, progressive=True)
want("progressive.jpg", tolerance=6)
save(smooth(32, 24).convert("CMYK"), "cmyk.jpg", quality=95)
want("cmyk.jpg", tolerance=3)
# YCCK: the first three channels of a CMYK file, taken for Y, Cb and Cr, as the Adobe segment then says.
ycck = bytearray(open("cmyk.jpg", "rb").read())
ycck[ycck.index(b"Adobe") + 11] = 2
open("ycck.jpg", "wb").write(ycck)
want("ycck.jpg", tolerance=4)
save(a, "lossless.webp", lossless=True)
want("lossless.webp")
save(alpha(a), "alpha.webp", lossless=True, exact=True)
want("alpha.webp", tolerance=1)
save(smooth(32, 24), "lossy.webp", quality=90)
want("lossy.webp", tolerance=6)

# Every orientation, of a picture whose upright form is the same, and in every format that has one.
turned = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
          4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
          7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
for k, method in turned.items():
    exif = Image.Exif()
    exif[0x010F] = "nobody"
    exif[0x0112] = k
    img = a if method is None else a.transpose(method)
    save(img, f"turned{k}.png", exif=exif)
    want(f"turned{k}.png")
    save(img.convert("L"), f"turned{k}.jpg", exif=exif, quality=90)
    want(f"turned{k}.jpg", tolerance=1)
exif[0x0112] = 6
save(a, "turned6.webp", exif=exif, lossless=True)
want("turned6.webp")
save(a, "turned6.tiff", exif=exif)
want("turned6.tiff")

# Resizes: smaller, larger, one axis alone, proportions of all kinds.
save(scene(61, 43), "wide.png")
save(scene(31, 67), "tall.png")
save(alpha(scene(29, 29)), "square.png")
for name in ["wide.png", "tall.png", "square.png"]:
    off = 1 if name == "square.png" else 0
    for h, w in [(16, 16), (43, 43), (9, 14), (50, 7), (1, 1)]:
        for fit in ["crop", "stretch", "pad"]:
            if h * w < 300 and (h > 1 or fit != "pad") or fit == "crop":
                want(name, h, w, 3, fit, tolerance=2 * off)
want("wide.png", 12, 12, 1, "pad", (10, 200, 30))
want("wide.png", 61, 43, 1, "stretch")
