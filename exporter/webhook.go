package exporter

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// webhookPath is where GitHub delivers to.
const webhookPath = "/webhook"

// maxDeliveries is how many bytes of deliveries are held at once. Anybody may
// send some, since the signature covers all of a body.
const maxDeliveries = 64 << 20

var (
	errBusy      = errors.New("comes with too much else at once")
	errSignature = errors.New("is signed with none of the secrets of webhook.secret_files")
	errNoSecret  = errors.New("cannot be verified now: the exporter's log tells why")
)

// refusal is a delivery that was not taken, and how that is counted and answered.
type refusal struct {
	result model.WebhookResult
	status int
	cause  error
	more   error // for the log alone: it is nobody else's business
}

func (r *refusal) Error() string { return r.cause.Error() }

// Unwrap gives what is wrong with the delivery.
func (r *refusal) Unwrap() error { return r.cause }

// serveWebhook takes a delivery of GitHub's. It is a hint to look and nothing
// more, so that the answer need not wait for what follows from it.
func (e *Exporter) serveWebhook(w http.ResponseWriter, r *http.Request) {
	config := e.publisher.settings.Load().config.Webhook
	switch {
	case config == nil:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		say(w, http.StatusMethodNotAllowed, "GitHub's webhooks are POSTed here")
		return
	}
	event := knownEvent(r.Header.Get("X-GitHub-Event"))
	delivery, err := e.receiver.receive(r, config.SecretFiles)
	if err != nil {
		refused := asRefusal(err)
		e.deliveries.refused(event, refused, r.RemoteAddr)
		say(w, refused.status, "the delivery "+refused.Error())
		return
	}
	result := e.follow(delivery)
	e.deliveries.taken(event, result)
	say(w, http.StatusAccepted, string(result))
}

func refuse(result model.WebhookResult, status int, cause error) *refusal {
	return &refusal{result: result, status: status, cause: cause}
}

// asRefusal makes a refusal of what has no better word.
func asRefusal(err error) *refusal {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused
	}
	return refuse(model.WebhookInvalid, http.StatusBadRequest, err)
}

// follow hands a delivery on. Before the mirror is open there is nothing to
// hint at: everything is asked about then.
func (e *Exporter) follow(d github.Delivery) model.WebhookResult {
	eng := e.engine.Load()
	switch {
	case e.deliveries.again(d.ID):
		return model.WebhookDuplicate
	case eng != nil && eng.ingest.Hint(d):
		return model.WebhookAccepted
	}
	return model.WebhookIgnored
}

// receiver reads deliveries and checks who sent them.
type receiver struct{ held atomic.Int64 }

// receive reads a delivery. What can be told without its body is told first.
func (rc *receiver) receive(r *http.Request, files []string) (d github.Delivery, err error) {
	if _, err := github.DeliveryFormat(r.Header); err != nil {
		return d, refuse(model.WebhookInvalid, http.StatusUnsupportedMediaType, err)
	}
	signature, err := github.SignatureOf(r.Header)
	if err != nil {
		return d, refuse(model.WebhookInvalidSignature, http.StatusUnauthorized, err)
	}
	if r.ContentLength > github.MaxDelivery {
		return d, tooLarge()
	}
	held := heldReader{Reader: r.Body, held: &rc.held}
	defer held.release()
	body, err := io.ReadAll(&held)
	if err != nil {
		return d, unread(err)
	}
	secrets, err := readSecrets(files)
	switch {
	case err != nil:
		return d, &refusal{model.WebhookUnavailable, http.StatusServiceUnavailable, errNoSecret, err}
	case !signature.By(secrets, body):
		return d, refuse(model.WebhookInvalidSignature, http.StatusUnauthorized, errSignature)
	}
	return github.ParseDelivery(r.Header, body)
}

func tooLarge() error {
	err := fmt.Errorf("has more than the %d bytes that GitHub's have at most", github.MaxDelivery)
	return refuse(model.WebhookInvalid, http.StatusRequestEntityTooLarge, err)
}

// unread says why a body was not read to its end.
func unread(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge()
	}
	if errors.Is(err, errBusy) {
		return refuse(model.WebhookUnavailable, http.StatusServiceUnavailable, errBusy)
	}
	return fmt.Errorf("ends before its end: %w", err)
}

// heldReader counts what it reads among what all deliveries hold, and fails
// where that is too much.
type heldReader struct {
	io.Reader
	held *atomic.Int64
	own  int64
}

func (h *heldReader) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.own += int64(n)
	if h.held.Add(int64(n)) > maxDeliveries {
		err = errBusy
	}
	return n, err
}

func (h *heldReader) release() { h.held.Add(-h.own) }

// readSecrets reads the secrets as they are now, so that they are exchanged by
// writing their files. One that cannot be read leaves it to the others.
func readSecrets(files []string) (secrets []string, err error) {
	var errs []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		secret := strings.TrimSpace(string(text))
		switch {
		case err != nil:
			errs = append(errs, err)
		case secret == "":
			errs = append(errs, fmt.Errorf("file %s holds no secret", file))
		default:
			secrets = append(secrets, secret)
		}
	}
	if len(secrets) == 0 {
		return nil, errors.Join(errs...)
	}
	return secrets, nil
}
