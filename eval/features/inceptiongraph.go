package features

import "github.com/stillfield/stillfield/format/onnx"

// Inception-v3 (Szegedy et al., arXiv 1512.00567) as FID has it: the graph of 2015, whose weights
// pytorch-fid carries over under the names of torchvision. It differs from torchvision's in that
// means over 3×3 pixels leave out the padding, in that the last block takes maxima in their place,
// and in that it was trained to tell 1,008 classes. A unit is a convolution without bias, a
// normalisation with ε = 0.001 and a rectifier.

// unit is one, with filters of rows×columns. Those of stride 2 have no padding, the others as
// much as keeps the sides, unless they are bare.
type unit struct {
	name                    string
	channels, rows, columns int
	stride                  int
	bare                    bool // without padding
}

// same is a unit that keeps the sides, and half one without padding that halves them.
func same(name string, channels, rows, columns int) unit {
	return unit{name, channels, rows, columns, 1, false}
}
func half(name string, channels int) unit { return unit{name, channels, 3, 3, 2, true} }

// branch is units after each other, after a pool if there is one; then several beside each
// other, where it forks.
type branch struct {
	pool  pool
	units []unit
	fork  []unit
}

// pool is over 3×3 pixels, of which padding is none.
type pool int

const (
	noPool   pool = iota
	meanPool      // keeps the sides
	maxPool       // keeps the sides
	halfPool      // of maxima, without padding, halves them
)

func chain(units ...unit) branch { return branch{units: units} }

// The mixed blocks, by the letters that torchvision has for them.

func mixedA(channels int) []branch {
	return []branch{
		chain(same("branch1x1", 64, 1, 1)),
		chain(same("branch5x5_1", 48, 1, 1), same("branch5x5_2", 64, 5, 5)),
		chain(same("branch3x3dbl_1", 64, 1, 1), same("branch3x3dbl_2", 96, 3, 3),
			same("branch3x3dbl_3", 96, 3, 3)),
		{pool: meanPool, units: []unit{same("branch_pool", channels, 1, 1)}},
	}
}

func mixedB() []branch {
	return []branch{
		chain(half("branch3x3", 384)),
		chain(same("branch3x3dbl_1", 64, 1, 1), same("branch3x3dbl_2", 96, 3, 3), half("branch3x3dbl_3", 96)),
		{pool: halfPool},
	}
}

func mixedC(c int) []branch {
	return []branch{
		chain(same("branch1x1", 192, 1, 1)),
		chain(same("branch7x7_1", c, 1, 1), same("branch7x7_2", c, 1, 7), same("branch7x7_3", 192, 7, 1)),
		chain(same("branch7x7dbl_1", c, 1, 1), same("branch7x7dbl_2", c, 7, 1),
			same("branch7x7dbl_3", c, 1, 7), same("branch7x7dbl_4", c, 7, 1),
			same("branch7x7dbl_5", 192, 1, 7)),
		{pool: meanPool, units: []unit{same("branch_pool", 192, 1, 1)}},
	}
}

func mixedD() []branch {
	return []branch{
		chain(same("branch3x3_1", 192, 1, 1), half("branch3x3_2", 320)),
		chain(same("branch7x7x3_1", 192, 1, 1), same("branch7x7x3_2", 192, 1, 7),
			same("branch7x7x3_3", 192, 7, 1), half("branch7x7x3_4", 192)),
		{pool: halfPool},
	}
}

func mixedE(by pool) []branch {
	return []branch{
		chain(same("branch1x1", 320, 1, 1)),
		{units: []unit{same("branch3x3_1", 384, 1, 1)},
			fork: []unit{same("branch3x3_2a", 384, 1, 3), same("branch3x3_2b", 384, 3, 1)}},
		{units: []unit{same("branch3x3dbl_1", 448, 1, 1), same("branch3x3dbl_2", 384, 3, 3)},
			fork: []unit{same("branch3x3dbl_3a", 384, 1, 3), same("branch3x3dbl_3b", 384, 3, 1)}},
		{pool: by, units: []unit{same("branch_pool", 192, 1, 1)}},
	}
}

// inceptionGraph is the graph from images [points, 3, 299, 299] to features [points, 2048], with
// the names and shapes of its weights, without their numbers.
func inceptionGraph() onnx.Graph {
	b := &blocks{channels: map[string]int{"images": 3}}
	h := b.unit("", "images", unit{"Conv2d_1a_3x3", 32, 3, 3, 2, true})
	h = b.unit("", h, unit{"Conv2d_2a_3x3", 32, 3, 3, 1, true})
	h = b.unit("", h, same("Conv2d_2b_3x3", 64, 3, 3))
	h = b.pool("maxpool1", h, halfPool)
	h = b.unit("", h, same("Conv2d_3b_1x1", 80, 1, 1))
	h = b.unit("", h, unit{"Conv2d_4a_3x3", 192, 3, 3, 1, true})
	h = b.pool("maxpool2", h, halfPool)
	for _, m := range []struct {
		name     string
		branches []branch
	}{
		{"Mixed_5b", mixedA(32)}, {"Mixed_5c", mixedA(64)}, {"Mixed_5d", mixedA(64)}, {"Mixed_6a", mixedB()},
		{"Mixed_6b", mixedC(128)}, {"Mixed_6c", mixedC(160)}, {"Mixed_6d", mixedC(160)},
		{"Mixed_6e", mixedC(192)}, {"Mixed_7a", mixedD()}, {"Mixed_7b", mixedE(meanPool)},
		{"Mixed_7c", mixedE(maxPool)},
	} {
		h = b.mixed(m.name, h, m.branches)
	}
	b.node("GlobalAveragePool", "pooled", []string{h})
	b.node("Flatten", "features", []string{"pooled"})
	b.Inputs = []onnx.Port{{Name: "images", Type: onnx.Float, Dims: []onnx.Dim{{Name: "points"}, {Extent: 3},
		{Extent: inceptionSide}, {Extent: inceptionSide}}}}
	b.Outputs = []onnx.Port{{Name: "features", Type: onnx.Float,
		Dims: []onnx.Dim{{Name: "points"}, {Extent: b.channels[h]}}}}
	return b.Graph
}

// blocks writes a graph of mixed blocks.
type blocks struct {
	onnx.Graph
	channels map[string]int // of each value
}

func (b *blocks) node(op, out string, in []string, attrs ...onnx.Attr) {
	b.Nodes = append(b.Nodes, onnx.Node{Op: op, In: in, Out: []string{out}, Attrs: attrs})
}

// weight declares a tensor and returns its name.
func (b *blocks) weight(name string, shape ...int) string {
	b.Weights = append(b.Weights, onnx.Tensor{Name: name, Shape: shape})
	return name
}

// unit adds one, whose weights have names that begin with within, and returns what it makes.
func (b *blocks) unit(within, in string, u unit) string {
	name, c := within+u.name, u.channels
	var pads []int64
	for _, k := range []int{u.rows, u.columns, u.rows, u.columns} {
		if u.bare {
			k = 1
		}
		pads = append(pads, int64((k-1)/2))
	}
	stride, eps := int64(u.stride), float32(.001)
	filter := b.weight(name+".conv.weight", c, b.channels[in], u.rows, u.columns)
	b.node("Conv", name+".conv", []string{in, filter},
		onnx.Attr{Name: "strides", Ints: []int64{stride, stride}}, onnx.Attr{Name: "pads", Ints: pads})
	norm := []string{name + ".conv"}
	for _, part := range []string{"weight", "bias", "running_mean", "running_var"} {
		norm = append(norm, b.weight(name+".bn."+part, c))
	}
	b.node("BatchNormalization", name+".bn", norm, onnx.Attr{Name: "epsilon", Float: &eps})
	b.node("Relu", name, []string{name + ".bn"})
	b.channels[name] = c
	return name
}

// pool adds one and returns what it makes.
func (b *blocks) pool(name, in string, by pool) string {
	op, pad, stride := "MaxPool", int64(1), int64(1)
	switch by {
	case meanPool:
		op = "AveragePool"
	case halfPool:
		pad, stride = 0, 2
	}
	b.node(op, name, []string{in}, onnx.Attr{Name: "kernel_shape", Ints: []int64{3, 3}},
		onnx.Attr{Name: "strides", Ints: []int64{stride, stride}},
		onnx.Attr{Name: "pads", Ints: []int64{pad, pad, pad, pad}})
	b.channels[name] = b.channels[in]
	return name
}

// mixed adds a block, whose branches stand side by side in what it makes.
func (b *blocks) mixed(name, in string, branches []branch) string {
	var parts []string
	for _, r := range branches {
		h := in
		if r.pool != noPool {
			h = b.pool(name+".pool", h, r.pool)
		}
		for _, u := range r.units {
			h = b.unit(name+".", h, u)
		}
		if r.fork == nil {
			parts = append(parts, h)
		}
		for _, u := range r.fork {
			parts = append(parts, b.unit(name+".", h, u))
		}
	}
	b.node("Concat", name, parts, onnx.Attr{Name: "axis", Int: 1})
	for _, p := range parts {
		b.channels[name] += b.channels[p]
	}
	return name
}
