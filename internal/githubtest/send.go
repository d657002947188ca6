package githubtest

import (
	"net"
	"net/http"
	"strconv"
)

// send writes an answer, spoiled as the fault says.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a *answer, fault Fault) {
	if a == nil {
		resetConnection(w)
		return
	}
	length := len(a.body)
	switch fault.Kind {
	case FaultTruncated:
		a.body = a.body[:len(a.body)/2]
		length = len(a.body)
	case FaultCut:
		a.body = a.body[:len(a.body)/2]
	case FaultEmpty:
		a.body, length = nil, 0
	case FaultTrailing:
		a.body = append(a.body[:length:length], "\n<!-- edge-17 -->"...)
		length = len(a.body)
	case FaultHTML:
		a.status, a.body = http.StatusOK, []byte(errorPage)
		a.header.Set("Content-Type", "text/html; charset=utf-8")
		length = len(a.body)
	case FaultHang:
		a.body = a.body[:len(a.body)/2]
	}
	writeHead(w, a, length)
	_, _ = w.Write(a.body)
	switch fault.Kind {
	case FaultHang:
		s.hang(w, r)
	case FaultCut:
		flush(w)
		resetConnection(w)
	}
}

func writeHead(w http.ResponseWriter, a *answer, length int) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
}

// hang sends nothing more until the client gives up or the server closes.
func (s *Server) hang(w http.ResponseWriter, r *http.Request) {
	flush(w)
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
	resetConnection(w)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// resetConnection ends the connection so that the client reads "connection reset".
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not HTTP/1: net/http ends the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

const errorPage = `<!DOCTYPE html>
<html>
  <head><title>Unicorn! &middot; GitHub</title></head>
  <body>
    <h1>We had issues producing the response to your request.</h1>
    <p>Sorry about that. Please try refreshing and contact us if the problem persists.</p>
  </body>
</html>
`

// faultStatus answers as GitHub's front does when what is behind it fails.
func faultStatus(f Fault) *answer {
	a := &answer{status: orDefault(f.Status, http.StatusBadGateway), header: f.Header.Clone(), body: []byte(f.Body)}
	if a.header == nil {
		a.header = http.Header{}
	}
	if f.Body == "" {
		a.body = []byte(errorPage)
		a.header.Set("Content-Type", "text/html; charset=utf-8")
	}
	return a
}
