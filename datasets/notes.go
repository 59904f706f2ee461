package datasets

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

// whole is src with its bad records.
func whole(src Source) Source {
	if p, ok := src.(*passing); ok {
		return p.Source
	}
	return src
}
