package survey

import "github.com/stillfield/stillfield/datasets"

// Report is what a data set is.
type Report struct {
	Data        string `json:"data"` // as a configuration names it
	Name        string `json:"name"`
	Shape       [3]int `json:"shape"` // rows, columns and channels of a sample
	Count       int    `json:"count"`
	Image       bool   `json:"image"`
	Fingerprint string `json:"fingerprint"`
	Credit      string `json:"credit,omitempty"`
	Bytes       int64  `json:"bytes"` // of all samples in float32

	Values   Values   `json:"values"`             // of all channels
	Channels []Values `json:"channels,omitempty"` // of each of 2 to 16, or of 2 or 3 coordinates of a point
	Classes  []Class  `json:"classes,omitempty"`

	Equal   []Equal  `json:"equal,omitempty"`    // samples of which there are several, the first of them
	Copies  int      `json:"copies"`             // samples that are equal to an earlier one
	HeldOut string   `json:"held_out,omitempty"` // the test set, where it was compared
	Shared  []Shared `json:"shared,omitempty"`   // samples that are in both, the first of them
	Leaked  int      `json:"leaked"`             // samples of the test set that are here too
	Notes   []string `json:"notes,omitempty"`
	Faults  []Fault  `json:"faults"`

	prints []print
}

// Values describes finite values.
type Values struct {
	Least     float64 `json:"least"`
	Largest   float64 `json:"largest"`
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"`
}

// Class is a class with how many samples it has.
type Class struct {
	Class int    `json:"class"`
	Name  string `json:"name,omitempty"`
	Count int    `json:"count"`
}

// Equal are the numbers of samples with equal values, the first few of them, and how many
// there are.
type Equal struct {
	Samples []int `json:"samples"`
	Count   int   `json:"count"`
	// Classes says that they are not all of one class.
	Classes bool `json:"of_several_classes,omitempty"`
}

// Shared is a sample of the test set with the first of the data that is equal to it.
type Shared struct {
	Test int `json:"test"`
	Here int `json:"here"`
}

// Fault is something wrong with the data, with the samples it was found in.
type Fault struct {
	What    string   `json:"what"`
	Count   int      `json:"count"`
	Samples []string `json:"samples,omitempty"` // the first of them, with what is known of each
}

// few is how many examples there are of anything in a report.
const few = 10

// valuesOf are m as a report has them.
func valuesOf(m moments) Values {
	if m.n == 0 {
		return Values{}
	}
	return Values{Least: m.lo, Largest: m.hi, Mean: m.mean, Deviation: m.deviation()}
}

// newReport has what is known of src without its samples.
func newReport(src datasets.Source) *Report {
	info := src.Info()
	r := &Report{Name: info.Name, Shape: [3]int{info.Shape.H, info.Shape.W, info.Shape.C}, Count: info.Count,
		Image: info.Image, Fingerprint: info.Fingerprint, Credit: info.Credit,
		Bytes: 4 * int64(info.Count) * int64(info.Shape.Len()), Notes: datasets.Notes(src), Faults: []Fault{}}
	names := datasets.ClassNames(src)
	for k := range info.Classes {
		c := Class{Class: k}
		if k < len(names) {
			c.Name = names[k]
		}
		r.Classes = append(r.Classes, c)
	}
	return r
}
