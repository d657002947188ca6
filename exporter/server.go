package exporter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// What a request may take at most. Writing leaves time for a profile of 30 s.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 5 * time.Second
	maxHeaderBytes    = 32 << 10
	maxBodyBytes      = 64 << 10
)

// newServer makes the HTTP server with all its routes.
func newServer(e *Exporter) *http.Server {
	return &http.Server{
		Handler:           secured(e.routes()),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
	}
}

func (e *Exporter) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", e.servePage)
	mux.HandleFunc("GET /status.css", e.serveAsset("status.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /status.js", e.serveAsset("status.js", "text/javascript; charset=utf-8"))
	mux.Handle("GET "+e.telemetryPath(), e.metricsHandler())
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "healthy") })
	mux.HandleFunc("GET /-/ready", e.serveReady)
	mux.Handle("POST /-/reload", http.NewCrossOriginProtection().Handler(http.HandlerFunc(e.serveReload)))
	mux.HandleFunc("GET /api/v1/status", e.serveStatus)
	mux.HandleFunc("GET /api/v1/explain", e.serveExplain)
	mux.HandleFunc(webhookPath, e.serveWebhook)
	if e.opts.Web.EnablePprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func (e *Exporter) telemetryPath() string {
	if e.opts.Web.TelemetryPath == "" {
		return "/metrics"
	}
	return e.opts.Web.TelemetryPath
}

// secured bounds what a request may send and tells browsers to load nothing
// but what this server has, and to be shown in no frame.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "+
			"img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r.URL.Path))
		next.ServeHTTP(w, r)
	})
}

// bodyLimit is how many bytes a request may send.
func bodyLimit(path string) int64 {
	if path == webhookPath {
		return github.MaxDelivery
	}
	return maxBodyBytes
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

func (e *Exporter) serveReady(w http.ResponseWriter, _ *http.Request) {
	if !e.ready.Load() {
		say(w, http.StatusServiceUnavailable, "not ready: the mirror is being loaded")
		return
	}
	say(w, http.StatusOK, "ready")
}

func (e *Exporter) serveReload(w http.ResponseWriter, r *http.Request) {
	if !e.opts.Web.EnableLifecycle {
		say(w, http.StatusForbidden, "reloading over HTTP is off; start with --web.enable-lifecycle, or send SIGHUP")
		return
	}
	if err := e.Reload(r.Context()); err != nil {
		say(w, http.StatusInternalServerError, err.Error())
		return
	}
	say(w, http.StatusOK, "reloaded")
}

// listen binds the TCP addresses, so that one that is taken is told before
// anything begins. Sockets of systemd and vsock are left to the toolkit.
func (e *Exporter) listen() error {
	flags := e.opts.Web.Flags
	if flags.WebSystemdSocket != nil && *flags.WebSystemdSocket {
		return nil
	}
	addresses := *flags.WebListenAddresses
	for _, address := range addresses {
		if strings.HasPrefix(address, "vsock://") {
			return nil
		}
	}
	for _, address := range addresses {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("binding --web.listen-address %s: %w; give another address, or stop what listens there", address, err)
		}
		e.listeners = append(e.listeners, listener)
		e.cleanUps.add("closing the listener", func() error { return ignoreClosed(listener.Close()) })
	}
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// serve serves until Stop shuts the server down.
func (e *Exporter) serve() {
	var err error
	if e.listeners == nil {
		err = web.ListenAndServe(e.server, e.opts.Web.Flags, e.log)
	} else {
		err = web.ServeMultiple(e.listeners, e.server, e.opts.Web.Flags, e.log)
	}
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		e.fail(fmt.Errorf("serving HTTP: %w", err))
	}
}

// Addresses are those that are listened on.
func (e *Exporter) Addresses() []net.Addr {
	var out []net.Addr
	for _, l := range e.listeners {
		out = append(out, l.Addr())
	}
	return out
}

// shutDown stops serving: no new requests at once, running ones may end within
// a few seconds.
func (e *Exporter) shutDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := e.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("ending HTTP requests: %w", err), e.server.Close())
	}
	return nil
}
