package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/parquet"
)

// mostPages bounds the memory of decoded pages of a parquet source, in bytes. A smaller data set
// is decoded once; of a larger one a sample that comes in no order costs the page it is in.
const mostPages = 256 << 20

// parquetPictures are the pictures of a column of parquet files, as Hugging Face's data sets have
// them.
type parquetPictures struct {
	opened []*parquet.File
	paths  []string
	watch  []watched
	image  string        // the name of the column
	pages  []parquetPage // in the order of the rows
	cache  *pageCache
}

// A parquetPage is a page of the column, and the number of its first picture.
type parquetPage struct {
	file  int
	first int
	page  parquet.Page
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "parquet", Example: "parquet:path=data/train.parquet,size=64",
	About: "pictures in Hugging Face's parquet files, found with their classes by the content of the columns",
	Params: append([]choice.Param{
		{
			Name:    "path",
			Default: "",
			About: "a file, a directory of them in the order of their names, or a pattern " +
				"like data/train-*.parquet",
		},
		{
			Name:    "image",
			Default: "",
			About: "the column of pictures, like image or image.bytes; empty for the one " +
				"there is",
		},
		{
			Name:    "label",
			Default: "",
			About: "the column of classes, numbers or names; empty for label, or the one " +
				"that has classes; none for none",
		},
		split,
	}, pictureParams...),
	Make: Opener{
		Open:    func(v choice.Values) (Source, error) { return openParquet(v) },
		Tested:  tested(".parquet"),
		Resizes: true,
		Recognize: Recognizer{"a parquet file", func(f Found) (choice.Values, bool) {
			return nil, strings.HasPrefix(string(f.Head), "PAR1") || f.Dir && hasShard(f.Path, ".parquet")
		}},
	},
})

// openParquet finds the columns, reads the classes, and looks at every picture.
func openParquet(v choice.Values) (_ Source, err error) {
	p := &parquetPictures{}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.paths, err = shards(v.Text("path"), v.Text("split"), ".parquet"); err != nil {
		if _, fault := choice.FaultsOf(err); fault {
			return nil, err
		}
		return nil, fmt.Errorf("datasets: parquet: %w", err)
	}
	rows, labels, err := p.open(v)
	if err != nil {
		return nil, fmt.Errorf("datasets: parquet: %w", err)
	}
	p.cache = newPageCache(mostPages, func(k int) ([][]byte, error) {
		page := &p.pages[k]
		values, err := p.opened[page.file].Bytes(&page.page)
		return values, cmp.Or(p.watch[page.file].changed(), err)
	})
	e, err := newEncoded("parquet", p, rows, labels.classes, labels.names, v)
	if err != nil {
		return nil, fmt.Errorf("datasets: parquet: %w", err)
	}
	return e, nil
}

// open opens the files, which must have the columns of the first, and finds the pages.
func (p *parquetPictures) open(v choice.Values) (rows int, labels *parquetLabels, err error) {
	labels = &parquetLabels{}
	for k, path := range p.paths {
		watch, err := watch(path)
		if err != nil {
			return 0, nil, err
		}
		p.watch = append(p.watch, watch)
		f, err := parquet.Open(path)
		if err != nil {
			return 0, nil, err
		}
		p.opened = append(p.opened, f)
		if f.Rows == 0 {
			continue
		}
		if p.image == "" {
			if p.image, err = imageColumn(f, v.Text("image")); err != nil {
				return 0, nil, err
			}
			if err := labels.find(f, v.Text("label")); err != nil {
				return 0, nil, fmt.Errorf("%s: %w", f.Name, err)
			}
		}
		c, err := columnNamed(f, p.image)
		if err != nil {
			return 0, nil, fmt.Errorf("%s: image: %w", bounded.Name(path), err)
		}
		pages, err := f.Pages(c)
		if err != nil {
			return 0, nil, err
		}
		for _, page := range pages {
			p.pages = append(p.pages, parquetPage{k, rows + page.First, page})
		}
		if err := labels.read(f); err != nil {
			return 0, nil, fmt.Errorf("%s: %w", bounded.Name(path), err)
		}
		if rows += f.Rows; rows > parquet.MostRows {
			return 0, nil, fmt.Errorf("%s: got more than %d rows", bounded.Name(path), parquet.MostRows)
		}
	}
	if rows == 0 {
		return 0, nil, fmt.Errorf("%s: got no rows, want at least one", bounded.Name(p.paths[0]))
	}
	known, err := labels.trained(v)
	if err != nil {
		return 0, nil, err
	}
	return rows, labels, labels.finish(known)
}

// page is the number of the page that picture i is in.
func (p *parquetPictures) page(i int) int {
	k, found := slices.BinarySearchFunc(
		p.pages,
		i,
		func(page parquetPage, i int) int { return page.first - i },
	)
	if !found {
		k--
	}
	return k
}

func (p *parquetPictures) picture(i int) ([]byte, error) {
	k := p.page(i)
	values, err := p.cache.get(k)
	if err != nil {
		return nil, err
	}
	data := values[i-p.pages[k].first]
	if data == nil {
		file, record := p.record(i)
		return nil, &BadRecord{File: file, Record: record, Err: errors.New("got null, want a picture")}
	}
	return data, nil
}

func (p *parquetPictures) record(i int) (file, record string) {
	page := &p.pages[p.page(i)]
	return p.paths[page.file], fmt.Sprint("row ", page.page.First+i-page.first)
}

func (p *parquetPictures) files() (root string, names []string, single bool) {
	return "", p.paths, false
}

func (p *parquetPictures) from() string { return p.image }

func (p *parquetPictures) close() {
	for _, f := range p.opened {
		f.Close() // they were only read
	}
}
