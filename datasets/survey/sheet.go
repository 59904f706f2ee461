package survey

import (
	"fmt"
	"image"
	"image/color"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/picture"
)

// Sheets have at most so many pictures, of at most so many values in all, and so many points.
const (
	sheetPictures = 100
	sheetValues   = 1 << 24
	sheetPoints   = 1 << 13
)

// colours of the points of the classes, in turn: those of Okabe and Ito, but yellow.
var colours = []color.NRGBA{{0x1f, 0x5f, 0xbf, 0xff}, {0xd5, 0x5e, 0, 0xff}, {0, 0x9e, 0x73, 0xff},
	{0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0, 0, 0, 0xff},
	{0x88, 0x88, 0x88, 0xff}}

// HasSheet says whether samples of such a source can be drawn: images, and points of 2
// coordinates or more.
func HasSheet(info datasets.Info) bool {
	return picture.Drawable(info.Shape.Point()) && (info.Image || len(info.Shape.Point()) == 1)
}

// Sheet is a picture of some of src: of images a grid, with a row for each class where there are
// 2 to 20; of points a plot, with a colour for each class, in the plane that they lie in where there
// is one. about says what it shows. A sample that cannot be read or drawn is left out.
func Sheet(src datasets.Source) (img image.Image, about string, err error) {
	info := src.Info()
	if !HasSheet(info) {
		return nil, "", fmt.Errorf("survey: Sheet: samples of %v have no picture", info.Shape)
	}
	if info.Image {
		return grid(src)
	}
	return scatter(src)
}

// grid draws images.
func grid(src datasets.Source) (image.Image, string, error) {
	info := src.Info()
	h, w, c, size := info.Shape.H, info.Shape.W, info.Shape.C, info.Shape.Len()
	n := picture.Room(max(1, min(sheetPictures, sheetValues/size)), h, w)
	classes, columns := 1, 0
	if 2 <= info.Classes && info.Classes <= 20 && n >= 2*info.Classes {
		classes, columns = info.Classes, min(10, n/info.Classes)
		n = classes * columns
	}
	pixels, found := make([]float32, n*size), make([]int, classes)
	for k := range pixels {
		pixels[k] = -1 // black, where a class has too few
	}
	order, x, shown := datasets.NewOrder(0, info.Count), make([]float32, size), 0
	for s := 0; s < min(info.Count, sheetPictures*sheetPictures) && shown < n; s++ {
		i, _ := order.At(uint64(s))
		class, err := src.Read(x, i)
		if classes == 1 {
			class = 0
		}
		room := n / classes
		if err != nil || class < 0 || int(class) >= classes || found[class] == room || !drawn(x, info) {
			continue
		}
		copy(pixels[(int(class)*room+found[class])*size:], x)
		found[class]++
		shown++
	}
	about := fmt.Sprintf("%d of %d images, drawn at random", shown, info.Count)
	if classes > 1 {
		about += ", a row for each class"
	} else {
		n = max(shown, 1)
	}
	img, err := picture.Grid(pixels[:n*size], n, h, w, c, picture.Options{Columns: columns})
	return img, about, err
}

// drawn takes the values of an image to [−1, 1]; false where one is no number.
func drawn(x []float32, info datasets.Info) bool {
	for k, v := range x {
		if v != v {
			return false
		}
		if info.Lo != -1 || info.Hi != 1 {
			x[k] = 2*(v-info.Lo)/(info.Hi-info.Lo) - 1
		}
	}
	return true
}

// scatter plots points.
func scatter(src datasets.Source) (image.Image, string, error) {
	info := src.Info()
	dim := info.Shape.Len()
	n := min(info.Count, sheetPoints, max(1, sheetValues/dim))
	sets := make([]picture.Points, max(1, min(info.Classes, len(colours))))
	for k := range sets {
		sets[k] = picture.Points{Dim: dim, Color: colours[k]}
	}
	order, x, shown := datasets.NewOrder(0, info.Count), make([]float32, dim), 0
	for s := range n {
		i, _ := order.At(uint64(s))
		class, err := src.Read(x, i)
		if err != nil || !finite(x) {
			continue
		}
		set := &sets[max(0, int(class))%len(sets)]
		set.Data = append(set.Data, x...)
		shown++
	}
	about, opt := "in their first two coordinates", picture.ScatterOptions{}
	if p, ok := src.(datasets.Planar); ok {
		opt.Projection, about = (*[2][]float64)(p.Basis()), "in the plane of the data"
	}
	img, err := picture.Scatter(opt, sets...)
	return img, fmt.Sprintf("%d of %d points, drawn at random, %s", shown, info.Count, about), err
}

func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}
