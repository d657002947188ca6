package mirror

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// badgerLogger hands Badger's log on. What Badger calls information is about
// its own housekeeping, so it is a level lower here.
type badgerLogger struct{ log *slog.Logger }

func (l badgerLogger) Errorf(format string, args ...any) { l.write(slog.LevelError, format, args) }

func (l badgerLogger) Warningf(format string, args ...any) { l.write(slog.LevelWarn, format, args) }

func (l badgerLogger) Infof(format string, args ...any) { l.write(slog.LevelDebug, format, args) }

// Debugf drops Badger's debug lines: several for each write.
func (l badgerLogger) Debugf(string, ...any) {}

func (l badgerLogger) write(level slog.Level, format string, args []any) {
	ctx := context.Background()
	if !l.log.Enabled(ctx, level) {
		return
	}
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	l.log.Log(ctx, level, "badger", "message", text)
}
