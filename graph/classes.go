package graph

import "github.com/stillfield/stillfield/plan"

// OneHot is 1 in the column that the row's number says and 0 in the others, [n, classes] of
// numbers [n] from 0 on. A number that is none of the columns has a row of zeros.
func (b *Builder) OneHot(numbers Node, classes int) Node {
	if b.err != nil {
		return nil
	}
	rows := numbers.Shape()[0]
	wanted := b.SpreadColumn(numbers, rows, classes)
	column := b.SpreadRow(b.Count(numbers, classes), rows, classes)
	return b.Mul(b.Binary(plan.Less, b.Shift(-.5, wanted), column),
		b.Binary(plan.Less, column, b.Shift(.5, wanted)))
}

// MaxOfRow is the largest number of each row of x [n, c], as [n]: in ⌈log₂ c⌉ rounds, of
// which each compares the first half with the last; where c is odd both have the middle.
func (b *Builder) MaxOfRow(x Node) Node {
	if b.err != nil {
		return nil
	}
	n, c := x.Shape()[0], x.Shape()[1]
	for c > 1 && b.err == nil {
		half := (c + 1) / 2
		x = b.Binary(plan.Max, b.Narrow(x, n, 0, half, n, half), b.Narrow(x, n, c-half, half, n, half))
		c = half
	}
	return b.Reshape(x, n)
}

// CrossEntropy is −ln of the probability that softmax gives the class of each row, [n] of
// logits [n, c] and labels [n] in 0 … c−1:
//
//	m + ln Σⱼ e^(xⱼ−m) − x_label,   m = maxⱼ xⱼ
//
// No term overflows, and one is 1, so that the logarithm is finite for finite logits. The
// derivative by m is 1 − 1, so that the gradient is softmax − one-hot but for its rounding.
func (b *Builder) CrossEntropy(logits, labels Node) Node {
	if b.err != nil {
		return nil
	}
	n, c := logits.Shape()[0], logits.Shape()[1]
	m := b.MaxOfRow(logits)
	e := b.Unary(plan.Exp, b.Sub(logits, b.SpreadColumn(m, n, c)))
	total := b.Unary(plan.Log, b.SumAxis(e, 1))
	return b.Sub(b.Add(m, total), b.Dot(logits, b.OneHot(labels, c), n, n))
}
