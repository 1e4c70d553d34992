// Package natsjournal is the journal on NATS JetStream: one stream, and a subject for each lab. A stream for
// each lab would cost 62 KiB and three goroutines; a subject costs little more than a kilobyte.
//
// The server runs inside this process and listens on no port. Every record is synced to the disk before its
// Append returns: JetStream's own default acknowledges first and syncs within two minutes.
//
// A record's position is its sequence number in the stream, and JetStream itself refuses a record that does not
// follow the last one of its subject. No other package of the module knows NATS.
//
// What was half-written when the process was killed is dropped at the next start: nobody was told that it was
// safe. A store that is damaged anywhere else is refused and left as it is (see verify.go): JetStream would cut
// it off at the damage and go on without a word.
package natsjournal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"smtplab/sim/journal"
)

const (
	streamName    = "LABS"
	subjectPrefix = "lab."

	// format is the content of the file "format": what wrote the directory. Any other is refused.
	format = "smtplab journal 1\n"

	startTimeout = 30 * time.Second
)

// Codes of the JetStream API that package jetstream has no names for.
const (
	codeNoResources jetstream.ErrorCode = 10023
	codeNoStorage   jetstream.ErrorCode = 10047
	codeStoreFailed jetstream.ErrorCode = 10077 // as when the stream has reached its limit, or the disk is full
)

// Options say where a journal is and what it may take.
type Options struct {
	Dir    string // made when it is missing
	Octets int64  // of all records together; 0 for no limit. Beyond it Append returns journal.ErrFull, see journal.Room
	Log    *slog.Logger
}

// Journal is a journal.Journal on JetStream. Use Open.
type Journal struct {
	lock   *os.File
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	octets int64 // Options.Octets
	close  sync.Once
}

// Open starts the journal in a directory. It fails when another process uses the directory, when it was written
// in another format, and when the store in it is damaged.
func Open(ctx context.Context, o Options) (*Journal, error) {
	j := &Journal{}
	if err := j.open(ctx, o); err != nil {
		_ = j.Close() // err is the reason
		return nil, fmt.Errorf("natsjournal: open %s: %w", o.Dir, err)
	}
	return j, nil
}

func (j *Journal) open(ctx context.Context, o Options) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	var err error
	if j.lock, err = lockDir(o.Dir); err != nil {
		return err
	}
	fresh, err := checkFormat(o.Dir)
	if err != nil {
		return err
	}
	store := filepath.Join(o.Dir, "journal")
	if err := verify(store); err != nil {
		return err
	}
	if err := j.start(store, o.Log); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	j.octets = o.Octets
	if err := j.openStream(ctx, fresh); err != nil {
		return err
	}
	if fresh {
		return writeFormat(o.Dir)
	}
	return nil
}

// start starts the server, waits until it has read its store, and connects to it.
func (j *Journal) start(store string, log *slog.Logger) error {
	notes := &notes{log: log}
	s, err := server.NewServer(&server.Options{
		ServerName: "smtplab",
		DontListen: true,
		NoSigs:     true,
		JetStream:  true,
		StoreDir:   store,
		SyncAlways: true,
		MaxPayload: journal.MaxRecord + 4096, // and its headers
		MaxPending: 4 * journal.MaxRecord,
	})
	if err != nil {
		return err
	}
	j.server = s
	s.SetLoggerV2(notes, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		return fmt.Errorf("the store cannot be used: %s", notes.last())
	}
	if j.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("smtplab")); err != nil {
		return err
	}
	j.js, err = jetstream.New(j.conn)
	return err
}

// openStream opens the stream, or makes it when the directory is fresh: a store whose stream is gone has been
// damaged and must not be begun anew in silence. The stream has no limit of its own, which would hold for all
// records alike.
func (j *Journal) openStream(ctx context.Context, fresh bool) error {
	config := jetstream.StreamConfig{
		Name:        streamName,
		Description: "what people did in their labs: a subject for each lab",
		Subjects:    []string{subjectPrefix + "*"},
		Storage:     jetstream.FileStorage,
		Discard:     jetstream.DiscardNew,
		MaxBytes:    -1,
		MaxMsgSize:  journal.MaxRecord + 4096,
		AllowDirect: true,
		AllowRollup: true,
	}
	var err error
	if fresh {
		j.stream, err = j.js.CreateOrUpdateStream(ctx, config)
		return err
	}
	j.stream, err = j.js.UpdateStream(ctx, config)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return errors.New("the store is damaged: the description of its stream cannot be read")
	}
	return err
}

// Append implements journal.Journal.
func (j *Journal) Append(ctx context.Context, lab string, after journal.Pos, record []byte) (journal.Pos, error) {
	if err := journal.CheckRecord(lab, record); err != nil {
		return 0, err
	}
	if err := j.checkRoom(ctx, len(record)); err != nil {
		return 0, err
	}
	return j.publish(ctx, &nats.Msg{Subject: subjectPrefix + lab, Data: record}, after)
}

// checkRoom returns journal.ErrFull unless there is room. Writers who ask at the same time may all be told that
// there is: the limit protects the disk, and is not a promise.
func (j *Journal) checkRoom(ctx context.Context, size int) error {
	if j.octets == 0 {
		return nil
	}
	info, err := j.stream.Info(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("natsjournal: append: %w", err)
	case info.State.Bytes+uint64(size) > uint64(journal.Room(j.octets, size)):
		return journal.ErrFull
	}
	return nil
}

// Restart implements journal.Journal.
func (j *Journal) Restart(ctx context.Context, lab string, after journal.Pos, record []byte) (journal.Pos, error) {
	if err := journal.CheckRecord(lab, record); err != nil {
		return 0, err
	}
	if after == 0 {
		return 0, journal.ErrConflict
	}
	m := &nats.Msg{Subject: subjectPrefix + lab, Data: record, Header: nats.Header{}}
	m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject) // JetStream forgets what stood before
	return j.publish(ctx, m, after)
}

func (j *Journal) publish(ctx context.Context, m *nats.Msg, after journal.Pos) (journal.Pos, error) {
	ack, err := j.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(uint64(after)))
	if err != nil {
		return 0, appendError(err)
	}
	return journal.Pos(ack.Sequence), nil
}

func appendError(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			return journal.ErrConflict
		case codeNoResources, codeNoStorage, codeStoreFailed:
			return fmt.Errorf("%w: %s", journal.ErrFull, api.Description)
		}
	}
	return fmt.Errorf("natsjournal: append: %w", err)
}

// Read implements journal.Journal. It asks for one record at a time: a consumer would cost goroutines and more
// time than it saves on logs that are a few hundred records long.
func (j *Journal) Read(ctx context.Context, lab string, after journal.Pos) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		if err := journal.CheckName(lab); err != nil {
			yield(journal.Entry{}, err)
			return
		}
		for {
			m, err := j.stream.GetMsg(ctx, uint64(after)+1, jetstream.WithGetMsgSubject(subjectPrefix+lab))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return
			}
			if err != nil {
				yield(journal.Entry{}, fmt.Errorf("natsjournal: read: %w", err))
				return
			}
			after = journal.Pos(m.Sequence)
			if !yield(journal.Entry{Pos: after, Record: m.Data}, nil) {
				return
			}
		}
	}
}

// Last implements journal.Journal.
func (j *Journal) Last(ctx context.Context, lab string) (journal.Pos, error) {
	if err := journal.CheckName(lab); err != nil {
		return 0, err
	}
	m, err := j.stream.GetLastMsgForSubject(ctx, subjectPrefix+lab)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("natsjournal: last: %w", err)
	}
	return journal.Pos(m.Sequence), nil
}

// Delete implements journal.Journal.
func (j *Journal) Delete(ctx context.Context, lab string) error {
	if err := journal.CheckName(lab); err != nil {
		return err
	}
	if err := j.stream.Purge(ctx, jetstream.WithPurgeSubject(subjectPrefix+lab)); err != nil {
		return fmt.Errorf("natsjournal: delete: %w", err)
	}
	return nil
}

// Labs implements journal.Journal.
func (j *Journal) Labs(ctx context.Context) (int, error) {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("natsjournal: count labs: %w", err)
	}
	return int(info.State.NumSubjects), nil
}

// Unused implements journal.Journal. A consumer that gets the last record of each lab gets them in the order in
// which they were written.
func (j *Journal) Unused(ctx context.Context, before time.Time, n int) ([]string, error) {
	labs, err := j.unused(ctx, before, n)
	if err != nil {
		return nil, fmt.Errorf("natsjournal: find unused labs: %w", err)
	}
	return labs, nil
}

func (j *Journal) unused(ctx context.Context, before time.Time, n int) (labs []string, err error) {
	c, err := j.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject: subjectPrefix + "*",
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
		AckPolicy:     jetstream.AckNonePolicy,
		HeadersOnly:   true,
		MemoryStorage: true,
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, j.stream.DeleteConsumer(context.WithoutCancel(ctx), c.CachedInfo().Name))
	}()
	batch, err := c.FetchNoWait(n)
	if err != nil {
		return nil, err
	}
	for m := range batch.Messages() {
		about, err := m.Metadata()
		if err != nil {
			return nil, err
		}
		if about.Timestamp.Before(before) {
			labs = append(labs, strings.TrimPrefix(m.Subject(), subjectPrefix))
		}
	}
	return labs, batch.Error()
}

// Close implements journal.Journal. It returns when the server has stopped.
func (j *Journal) Close() error {
	j.close.Do(func() {
		if j.conn != nil {
			j.conn.Close()
		}
		if j.server != nil {
			j.server.Shutdown()
			j.server.WaitForShutdown()
		}
		if j.lock != nil {
			_ = j.lock.Close() // which unlocks; it was never written
		}
	})
	return nil
}

// checkFormat reports whether the directory is fresh, and fails when something else wrote it.
func checkFormat(dir string) (fresh bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "format"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case string(text) != format:
		return false, fmt.Errorf("it was written by another version: %.40q, this one reads %q", text, format)
	}
	return false, nil
}

func writeFormat(dir string) error {
	f, err := os.Create(filepath.Join(dir, "format"))
	if err != nil {
		return err
	}
	_, err = f.WriteString(format)
	return errors.Join(err, f.Sync(), f.Close())
}

// notes is the server's logger. It passes on errors, and warnings for those who debug: the server warns at every
// start of the size of our records, and after a kill of what it then repairs.
type notes struct {
	log  *slog.Logger
	mu   sync.Mutex
	text string
}

func (n *notes) note(level slog.Level, format string, v []any) {
	text := strings.TrimSpace(fmt.Sprintf(format, v...))
	n.mu.Lock()
	n.text = text
	n.mu.Unlock()
	n.log.Log(context.Background(), level, "journal server: "+text)
}

// last is what the server said last.
func (n *notes) last() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text
}

func (n *notes) Noticef(string, ...any)         {}
func (n *notes) Debugf(string, ...any)          {}
func (n *notes) Tracef(string, ...any)          {}
func (n *notes) Warnf(format string, v ...any)  { n.note(slog.LevelDebug, format, v) }
func (n *notes) Errorf(format string, v ...any) { n.note(slog.LevelError, format, v) }
func (n *notes) Fatalf(format string, v ...any) { n.note(slog.LevelError, format, v) }
