//go:build !amd64

package kernels

import "github.com/stillfield/stillfield/plan"

// Where there is no assembly every level is the Go form.

func blocksOf(Level) *[plan.Less + 1]Block { return &goBlocks }

func (v *Vec) laneSum(acc *Lanes, x *float32, n int)                 { laneSumGo(acc, x, n) }
func (v *Vec) laneDot(acc *Lanes, x, y *float32, n int)              { laneDotGo(acc, x, y, n) }
func (v *Vec) laneMax(acc *Lanes, x *float32, n int)                 { laneMaxGo(acc, x, n) }
func (v *Vec) laneExp(acc *Lanes, y, x *float32, top float32, n int) { laneExpGo(acc, y, x, top, n) }
func (v *Vec) laneMoments(s1, s2 *Lanes, x *float32, k float32, n int) {
	laneMomentsGo(s1, s2, x, k, n)
}
func (v *Vec) colSum(s, x *float32, rows, cols, stride int) { colSumGo(s, x, rows, cols, stride) }
func (v *Vec) colMoments(s1, s2, x, k *float32, rows, cols, stride int) {
	colMomentsGo(s1, s2, x, k, rows, cols, stride)
}
func (v *Vec) colCross(s1, s2, g, x, k *float32, rows, cols, stride int) {
	colCrossGo(s1, s2, g, x, k, rows, cols, stride)
}
func (v *Vec) colApply(y, x, k, a, b *float32, rows, cols, stride int) {
	colApplyGo(y, x, k, a, b, rows, cols, stride)
}
func (v *Vec) colGrad(dx, g, x, k, a, b, c *float32, rows, cols, stride int) {
	colGradGo(dx, g, x, k, a, b, c, rows, cols, stride)
}
func (v *Vec) rowApply(y, x, gamma, beta *float32, n int, k, r, d float32) {
	rowApplyGo(y, x, gamma, beta, n, k, r, d)
}
func (v *Vec) rowSums(s1, s2 *Lanes, g, x, gamma *float32, n int, k, r, d float32) {
	rowSumsGo(s1, s2, g, x, gamma, n, k, r, d)
}
func (v *Vec) rowGrad(dx, dgamma, dbeta, g, x, gamma *float32, n int, k, r, d, p, q float32) {
	rowGradGo(dx, dgamma, dbeta, g, x, gamma, n, k, r, d, p, q)
}
func (v *Vec) adam(a *adamArgs) { adamGo(a) }
func (v *Vec) average(avg, w *float32, n int, rate float32) {
	averageGo(avg, w, n, rate)
}
func (v *Vec) draw(dst *float32, groups int, d *drawArgs, normal bool) {
	drawGo(dst, groups, d, normal)
}

func (v *Vec) laneFold(acc *Lanes) float64 { return laneFoldGo(acc) }
func (v *Vec) laneTop(acc *Lanes) float32  { return laneTopGo(acc) }

func (v *Vec) gatherRuns(dst, src *float32, offsets *int32, length, count int) {
	gatherRunsGo(dst, src, offsets, length, count)
}
func (v *Vec) scatterRuns(dst, src *float32, offsets *int32, length, count int) {
	scatterRunsGo(dst, src, offsets, length, count)
}
func (v *Vec) spreadRuns(dst, src *float32, offsets *int32, length, count int) {
	spreadRunsGo(dst, src, offsets, length, count)
}

func (v *Vec) softmaxRows(y, x *float32, rows, n, stride int, scale float32) {
	softmaxRowsGo(y, x, rows, n, stride, scale)
}
func (v *Vec) scoreRows(ds, p *float32, rows, n, stride int, scale float32) {
	scoreRowsGo(ds, p, rows, n, stride, scale)
}
