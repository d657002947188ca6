package derive

import (
	"math"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// seconds32 fits an instant into 32 bits, which last until 2106.
func seconds32(at model.Instant) uint32 {
	return uint32(min(max(at, 0), math.MaxUint32))
}

// itoa writes a number in digits.
func itoa[N ~int | ~int32 | ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }
