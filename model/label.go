package model

import (
	"fmt"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// NoLabel is what a field is told, for a label, of a point without one.
const NoLabel = -1

// label is the row of a learnt table for each class of labels [n], which number classes
// from 0; the last row is that of NoLabel. The rows are picked by a product with the
// indicators of the classes, whose gradient adds up what rows that are picked twice get.
func (n net) label(labels graph.Node, classes, features int) graph.Node {
	if labels == nil {
		n.Fail(fmt.Errorf("model: a network that is told the class is given none"))
		return nil
	}
	rows, all := labels.Shape()[0], classes+1
	table := n.get("table", Init{Std: .02}, all, features) // as DiT starts it
	none := n.Binary(plan.Less, labels, n.Fill(-.5, labels, rows))
	row := n.Add(labels, n.Scale(float64(classes-NoLabel), none))
	return n.MatMul(n.OneHot(row, all), table, false, false)
}
