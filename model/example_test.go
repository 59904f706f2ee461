package model_test

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// matrix is a network of one matrix, f(u) = u W: a network of one's own is a type with
// three methods.
type matrix struct{}

func (matrix) String() string        { return "matrix" }
func (matrix) Told() model.Condition { return model.Condition{} }

func (matrix) Build(b *graph.Builder, p *model.Params, in model.Inputs) graph.Node {
	d := in.U.Shape()[1]
	return b.MatMul(in.U, p.Get(b, "weight", model.Zero, d, d), false, false)
}

// A network of one's own, with weights set by hand, asked at two points of the plane.
func Example() {
	point := []int{2}
	params, err := model.Declare(matrix{}, point)
	if err != nil {
		fmt.Println(err)
		return
	}
	quarterTurn := []float32{0, 1, -1, 0}
	f, err := model.With(model.Plain(matrix{}), params, "weights", quarterTurn)
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := model.NewEvaluator(context.Background(), reference.Device{}, f, point, 2, plan.Float32)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	at, answers := []float32{3, 4, -1, 0}, make([]float32, 4)
	if err := e.Eval(answers, at, 2); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answers)
	// Output: [-4 3 0 -1]
}
