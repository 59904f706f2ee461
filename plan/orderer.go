package plan

// An Orderer is a device whose machine decides in what order contractions add at some precision: another
// machine, with another order, gives other bits.
type Orderer interface {
	// Order names the order at p: "" where every device of the kind has the same.
	Order(p Precision) string
}

// OrderOf is the order in which d adds at p, "" where d does not say.
func OrderOf(d Device, p Precision) string {
	if o, ok := d.(Orderer); ok {
		return o.Order(p)
	}
	return ""
}
