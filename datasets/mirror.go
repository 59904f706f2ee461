package datasets

// Mirror swaps left and right in an image of shape s, in place.
func Mirror(x []float32, s Shape) {
	row := s.W * s.C
	for ; len(x) >= row; x = x[row:] {
		for l, r := 0, row-s.C; l < r; l, r = l+s.C, r-s.C {
			for c := range s.C {
				x[l+c], x[r+c] = x[r+c], x[l+c]
			}
		}
	}
}
