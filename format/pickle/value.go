package pickle

// Tuple is a tuple of Python.
type Tuple []any

// List is a list of Python.
type List struct{ Items []any }

// Dict is a dictionary of Python, in the order in which its items were set. A key that is
// set twice is there twice.
type Dict struct{ Items []Item }

// Item is a key of a Dict with its value.
type Item struct{ Key, Value any }

// Get is the value that the key was last set to.
func (d *Dict) Get(key string) (value any, ok bool) {
	for _, item := range d.Items {
		if k, text := item.Key.(string); text && k == key {
			value, ok = item.Value, true
		}
	}
	return value, ok
}

// Class is the name of a class or function that is in the table: "collections.OrderedDict".
type Class string

// A Call is what calling a class with arguments returns.
type Call func(args Tuple) (any, error)

// Stateful is an object whose state a pickle may set after the object was made.
type Stateful interface{ SetState(state any) error }

// SetState leaves out the attributes that an OrderedDict was given.
func (d *Dict) SetState(any) error { return nil }

// Inert is an object of which nothing is wanted: it takes any state and keeps none.
type Inert struct{}

// SetState keeps nothing.
func (Inert) SetState(any) error { return nil }
