package datasets

import "github.com/stillfield/stillfield/choice"

// Notes are lines about what src found where it was opened and what it passed over, for whoever
// trains on it; most sources have none.
func Notes(src Source) []string {
	if s, ok := whole(src).(interface{ Notes() []string }); ok {
		return s.Notes()
	}
	return nil
}

// ClassNames are the names of the classes of src, by class; nil where they have numbers alone.
func ClassNames(src Source) []string {
	if s, ok := whole(src).(interface{ ClassNames() []string }); ok {
		return s.ClassNames()
	}
	return nil
}

// OpenWhole opens the source that c names with its bad records in their places, whatever c says
// of these: Read of one is a [BadRecord].
func OpenWhole(c choice.Choice) (Source, error) {
	c = c.Clone()
	if c.Params == nil {
		c.Params = choice.Values{}
	}
	c.Params[skipBad.Name] = true
	src, err := Open(c)
	if err != nil {
		return nil, err
	}
	return whole(src), nil
}

// whole is src with its bad records.
func whole(src Source) Source {
	if p, ok := src.(*passing); ok {
		return p.Source
	}
	return src
}
