package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"smtplab/static"
)

// routes is every URL. see opens the lab of the URL for anybody who holds a link to it, now and as it was at a moment of
// its past; do also needs the editing link. What a handler does stands at the handler.
func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.recoverFault, withHeaders, s.guard, s.limitBody, s.protect, middleware.GetHead)
	r.NotFound(s.handle(s.notFound))
	r.MethodNotAllowed(s.handle(s.methodNotAllowed))

	r.With(lean).Get(static.Root+"*", static.Handler().ServeHTTP)
	r.Get("/healthz", s.health)
	r.Get("/readyz", s.readiness)
	r.Get("/robots.txt", robots)

	r.Group(func(r chi.Router) {
		r.Use(s.slowDown)
		get := func(url string, h handler) { r.Get(url, s.handle(h)) }
		see := func(url string, h handler) {
			r.Get("/labs/{lab}"+url, s.handle(s.open(h)))
			r.Get("/labs/{lab}/at/{at}"+url, s.handle(s.open(h)))
		}
		do := func(url string, h handler) { r.Post("/labs/{lab}"+url, s.handle(s.acting(h))) }

		get("/", s.home)
		get("/lab", s.lately)
		get("/theory", s.contents)
		r.With(zipped).Get("/theory/{page}", s.handle(s.theory))
		r.Post("/theme", s.handle(s.theme))
		get("/schema/transcript-1.json", s.schema)
		get("/verify", s.verifyForm)
		r.Post("/verify", s.handle(s.verify))
		get("/exercises", s.exercises)
		get("/exercises/{exercise}", s.exercise)
		r.Post("/exercises/{exercise}/begin", s.handle(s.begin))

		see("", s.lab)
		see("/step", s.step)
		see("/live", s.live)
		see("/poll", s.poll)
		see("/wire", s.wire)
		see("/events/{seq}", s.event)
		do("/events/{seq}/note", s.annotate)
		see("/annotations", s.annotations)
		see("/find", s.match)
		see("/keys", s.keys)
		see("/conversations/{conn}", s.conversation)
		see("/views/{view}", s.view)
		see("/ladder.svg", s.ladderFile)
		see("/notices", s.notices)
		see("/share", s.share)
		see("/conditions", s.conditions)
		see("/ca.pem", s.certificate)
		see("/transcript.txt", s.transcriptText)
		see("/transcript.json", s.transcriptJSON)
		see("/transcript.csv", s.transcriptCSV)
		see("/mails.zip", s.mails)
		see("/report", s.report)
		see("/result.json", s.result)
		see("/transcript.pcapng", s.captureFile)

		do("/answer", s.answer)
		see("/restart", s.confirmRestart)
		do("/restart", s.restartRun)
		see("/show", s.confirmShow)
		do("/show", s.showRun)
		see("/posttest", s.posttest)
		see("/evidence", s.evidence)

		do("/present", s.present)
		do("/undo", s.undo)
		see("/fork", s.confirmFork)
		do("/fork", s.fork)
		see("/lab.smtplab", s.labFile)
		get("/open", s.chooseFile)
		r.Post("/open", s.handle(s.openFile))

		do("/clock", s.clock)
		see("/reset", s.confirmReset)
		do("/reset", s.reset)
		do("/links/{host}", s.link)

		see("/hosts/{host}", s.host)
		see("/hosts/{host}/compose", s.compose)
		do("/hosts/{host}/mail", s.send)
		see("/hosts/{host}/inbox", s.inbox)
		do("/hosts/{host}/inbox", s.check)
		see("/hosts/{host}/inbox/{n}", s.mail)
		do("/hosts/{host}/inbox/{n}/read", s.read)
		do("/hosts/{host}/inbox/{n}/delete", s.remove)
		see("/hosts/{host}/inbox/{n}/html", s.mailHTML)
		see("/hosts/{host}/inbox/{n}/raw", s.mailRaw)
		see("/hosts/{host}/inbox/{n}/files/{k}", s.mailFile)
		see("/hosts/{host}/sent", s.sentBox)
		see("/hosts/{host}/sent/{n}", s.sentMail)
		see("/hosts/{host}/sent/{n}/raw", s.sentRaw)
		see("/hosts/{host}/settings", s.settings)
		do("/hosts/{host}/settings", s.setUp)
		do("/hosts/{host}/restart", s.restart)
		see("/hosts/{host}/programs", s.programs)

		see("/hosts/{host}/terminal", s.terminal)
		do("/hosts/{host}/terminal", s.connect)
		see("/hosts/{host}/terminal/{conn}", s.terminal)
		do("/hosts/{host}/terminal/{conn}/say", s.say)
		do("/hosts/{host}/terminal/{conn}/close", s.hangUp)
		do("/hosts/{host}/hand", s.takeOver)
	})
	return r
}
