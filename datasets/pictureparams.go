package datasets

import (
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/raster"
)

// pictureParams are the parameters of every source of pictures that are decoded: what becomes of
// them. The side is the parameter size of all sources.
var pictureParams = []choice.Param{
	{Name: "fit", Default: "crop", In: choice.Words(raster.FitNames()...),
		About: "how a picture gets the size: resized to cover it and cropped, stretched, or padded"},
	{Name: "channels", Default: 0, In: choice.Where("1, 3, or 0 for 1 where all are grey and 3 else",
		func(c int) bool { return c == 0 || c == 1 || c == 3 }), About: "1 for grey, 3 for colour"},
	{Name: "background", Default: "white", In: choice.Where("white, black or #rrggbb", isColour),
		About: "what shows where a picture is transparent, and pads it"},
	{Name: "cache", Default: 256, In: choice.Between(0, 1<<20, "MiB"),
		About: "MiB in which decoded pictures are kept, where all of them fit"},
}

// wantedOf is what v says should become of a picture.
func wantedOf(v choice.Values) (w raster.Wanted) {
	w.Background, _ = colour(v.Text("background"))
	w.Fit, _ = raster.FitNamed(v.Text("fit"))
	w.H, w.W, w.C = v.Int("size"), v.Int("size"), v.Int("channels")
	return w
}

// isColour reports whether s names a colour.
func isColour(s string) bool { _, ok := colour(s); return ok }

// colour is red, green and blue of a name or of #rrggbb.
func colour(s string) (c [3]uint8, ok bool) {
	switch s {
	case "white":
		return [3]uint8{255, 255, 255}, true
	case "black":
		return c, true
	}
	digits, marked := strings.CutPrefix(s, "#")
	v, err := strconv.ParseUint(digits, 16, 24)
	return [3]uint8{uint8(v >> 16), uint8(v >> 8), uint8(v)}, marked && len(digits) == 6 && err == nil
}
