package derive

import (
	"math"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// seconds32 fits an instant into 32 bits, which last until 2106.
func seconds32(at model.Instant) uint32 {
	return uint32(min(max(at, 0), math.MaxUint32))
}
