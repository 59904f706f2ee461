package torchpt

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/format/element"
	"github.com/stillfield/stillfield/format/pickle"
)

// dtype is the element type of a storage.
type dtype struct {
	name  string
	kind  element.Kind
	width int
}

// storages are the classes of storages with what they hold.
var storages = map[pickle.Class]dtype{
	"torch.FloatStorage":    {"float32", element.Float, 4},
	"torch.DoubleStorage":   {"float64", element.Float, 8},
	"torch.HalfStorage":     {"float16", element.Float, 2},
	"torch.BFloat16Storage": {"bfloat16", element.BFloat, 2},
	"torch.LongStorage":     {"int64", element.Int, 8},
	"torch.IntStorage":      {"int32", element.Int, 4},
	"torch.ShortStorage":    {"int16", element.Int, 2},
	"torch.CharStorage":     {"int8", element.Int, 1},
	"torch.ByteStorage":     {"uint8", element.Uint, 1},
	"torch.BoolStorage":     {"bool", element.Uint, 1},
}

// decoder turns the elements into float32.
func (d dtype) decoder() element.Decoder {
	return element.NewDecoder(d.kind, d.width, binary.LittleEndian)
}

// classes is the closed list of what a pickle may name. The arguments of a program, which
// training scripts save beside the weights, are there to be passed over.
func classes() map[pickle.Class]pickle.Call {
	list := map[pickle.Class]pickle.Call{
		"collections.OrderedDict":         func(pickle.Tuple) (any, error) { return &pickle.Dict{}, nil },
		"argparse.Namespace":              func(pickle.Tuple) (any, error) { return pickle.Inert{}, nil },
		"torch._utils._rebuild_tensor_v2": rebuildTensor,
		"torch._utils._rebuild_parameter": rebuildParameter,
	}
	for c := range storages {
		list[c] = func(pickle.Tuple) (any, error) { return nil, errors.New("a storage outside its entry") }
	}
	return list
}

// maxElements of a storage are more than fit any file.
const maxElements = 1 << 48

// storage is an entry of the archive that tensors are parts of.
type storage struct {
	dtype
	key  string
	size int64 // elements
}

// persistent is the storage of ("storage", class, key, place, size).
func persistent(id any) (any, error) {
	v, ok := id.(pickle.Tuple)
	if !ok || len(v) != 5 || v[0] != "storage" {
		return nil, fmt.Errorf("an object outside the pickle that is no storage")
	}
	c, isClass := v[1].(pickle.Class)
	d, known := storages[c]
	key, isText := v[2].(string)
	size, isSize := v[4].(int64)
	if !isClass || !known || !isText || !isSize || size < 0 || size > maxElements {
		return nil, fmt.Errorf("a storage of (%T, %T, %T), want a class of storages, a key and a size",
			v[1], v[2], v[4])
	}
	return &storage{d, key, size}, nil
}

// tensor is part of a storage.
type tensor struct {
	*storage
	offset         int64 // elements
	shape, strides []int64
}

// rebuildTensor is the tensor of (storage, offset, shape, strides, requires_grad, hooks).
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%d arguments, want at least 4", len(args))
	}
	s, isStorage := args[0].(*storage)
	offset, isOffset := args[1].(int64)
	shape, isShape := wholes(args[2])
	strides, isStrides := wholes(args[3])
	if !isStorage || !isOffset || !isShape || !isStrides || len(shape) != len(strides) {
		return nil, fmt.Errorf("got (%T, %T, %T, %T), want a storage, an offset, and a shape and strides"+
			" of one length", args[0], args[1], args[2], args[3])
	}
	t := &tensor{s, offset, shape, strides}
	return t, t.check()
}

// rebuildParameter is the tensor of (tensor, requires_grad, hooks).
func rebuildParameter(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if t, ok := args[0].(*tensor); ok {
			return t, nil
		}
	}
	return nil, errors.New("want a tensor")
}

// maxRank of a tensor is more than any network's weights have. A pickle can make many
// tensors of one shape in a few bytes each, and every one keeps its extents and strides.
const maxRank = 16

// wholes are the numbers of a tuple of them, none below 0.
func wholes(v any) ([]int64, bool) {
	tuple, ok := v.(pickle.Tuple)
	if !ok || len(tuple) > maxRank {
		return nil, false
	}
	ns := make([]int64, len(tuple))
	for i, x := range tuple {
		if ns[i], ok = x.(int64); !ok || ns[i] < 0 {
			return nil, false
		}
	}
	return ns, true
}

// check refuses a tensor that is not within its storage, or has more elements than that:
// one that repeats elements could be of any size.
func (t *tensor) check() error {
	count, last := int64(1), t.offset
	if t.offset < 0 || t.offset > t.size {
		return fmt.Errorf("offset %d in a storage of %d elements", t.offset, t.size)
	}
	for _, n := range t.shape {
		if n > 0 && count > t.size/n {
			return fmt.Errorf("shape %d, want at most the %d elements of the storage", t.shape, t.size)
		}
		count *= n
	}
	if count == 0 {
		return nil
	}
	for i, n := range t.shape {
		if n > 1 && t.strides[i] > t.size/(n-1) {
			return fmt.Errorf("strides %d, want elements of a storage of %d", t.strides, t.size)
		}
		last += (n - 1) * t.strides[i]
		if last >= t.size {
			break
		}
	}
	if last >= t.size {
		return fmt.Errorf("shape %d, strides %d from %d on, want elements of a storage of %d",
			t.shape, t.strides, t.offset, t.size)
	}
	return nil
}
