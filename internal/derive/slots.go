package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

func slotOf(s model.Series, sub uint8) int { return 0 }

func (s *slot) distribution(bounds []uint32) Distribution { return Distribution{} }
