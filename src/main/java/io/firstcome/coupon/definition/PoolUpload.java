package io.firstcome.coupon.definition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.coupon.code.CodePool;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.history.Change;
import io.firstcome.history.History;
import io.firstcome.history.HistoryFilter;
import io.firstcome.http.edge.AnswerHeaders;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.UnexpectedErrors;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.work.BoundedWork;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.logging.Logger;

/**
 * Takes pools of codes of any size. A body is read as a stream, in batches of lines: while MySQL
 * writes one, no more is read, so an upload holds one batch in memory. Each batch is committed by
 * itself; after a failure the same upload again adds what is missing.
 *
 * <p>It takes what an operator sends in a form that it knows. All other requests to the path go on
 * to the resource, which refuses them.
 */
@Singleton
class PoolUpload {

  private static final Logger LOG = Logger.getLogger(PoolUpload.class);

  private static final String AFTER = "/codes";
  private static final int BATCH = 1_000;
  private static final int MAX_LINE_BYTES = 512;
  private static final int MAX_ERRORS = 100;
  private static final int MAX_UPLOADS = 8;
  private static final int THREADS = 2;

  private final CodePool pool;
  private final SequenceWindow lending;
  private final History history;
  private final RateLimits addresses;
  private final HttpEdge edge;
  private final UnexpectedErrors unexpected;
  private final MySqlCalls calls;
  private final ObjectMapper json;
  private final BoundedWork work = new BoundedWork("code-pools", THREADS, MAX_UPLOADS);
  private final AtomicInteger uploads = new AtomicInteger();

  PoolUpload(
      CodePool pool,
      SequenceWindow lending,
      History history,
      RateLimits addresses,
      HttpEdge edge,
      UnexpectedErrors unexpected,
      MySqlCalls calls,
      ObjectMapper json) {
    this.pool = pool;
    this.lending = lending;
    this.history = history;
    this.addresses = addresses;
    this.edge = edge;
    this.unexpected = unexpected;
    this.calls = calls;
    this.json = json;
  }

  /**
   * What became of an upload.
   *
   * @param errors the first of the lines that were left out
   */
  @Schema(name = "PoolUpload")
  record Result(
      @Schema(description = "Lines that were read", examples = "1000") long lines,
      @Schema(description = "Codes that were added", examples = "999") long added,
      @Schema(description = "Codes that the pool had already", examples = "0") long repeated,
      @Schema(description = "Lines that were left out", examples = "1") long rejected,
      @Schema(description = "The first 100 of these") List<LineError> errors,
      @Schema(description = "Codes that the pool has now", examples = "999") long size) {}

  /** A line that names no code. */
  @Schema(name = "PoolLineError")
  record LineError(
      @Schema(description = "Number of the line, from 1", examples = "17") long line,
      @Schema(description = "The rule that it breaks", examples = "must be one column")
          String message) {}

  void filters(@Observes Filters filters) {
    filters.register(this::handle, HttpEdge.STREAM_PRIORITY);
  }

  void stop(@Observes ShutdownEvent event) {
    work.close();
  }

  private void handle(RoutingContext request) {
    HttpServerRequest http = request.request();
    String couponId = couponId(http);
    PoolLine form = couponId == null ? null : PoolLine.of(http.getHeader(HttpHeaders.CONTENT_TYPE));
    String onError = http.getParam("onError", "stop");
    if (form == null || !acceptsJson(http) || !onError.matches("stop|skip")) {
      request.next();
      return;
    }
    Context here = Vertx.currentContext();
    QuarkusHttpUser.getSecurityIdentity(request, null)
        .subscribe()
        .with(
            user ->
                here.runOnContext(
                    pass -> {
                      if (user.hasRole(Roles.OPERATOR)) {
                        begin(
                            new Upload(request, here, couponId, form, onError.equals("skip")),
                            user.getPrincipal().getName());
                      } else {
                        request.next();
                      }
                    }),
            why -> here.runOnContext(pass -> request.next()));
  }

  private static String couponId(HttpServerRequest http) {
    String path = http.path();
    if (http.method() != HttpMethod.POST
        || path == null
        || !path.startsWith(CouponResource.PATH)
        || !path.endsWith(AFTER)
        || path.length() <= CouponResource.PATH.length() + AFTER.length()) {
      return null;
    }
    String id = path.substring(CouponResource.PATH.length(), path.length() - AFTER.length());
    return Ids.isResourceId(id) ? id : null;
  }

  private static boolean acceptsJson(HttpServerRequest http) {
    String accept = http.getHeader(HttpHeaders.ACCEPT);
    return accept == null || accept.contains("*/*") || accept.contains("application/json");
  }

  private void begin(Upload upload, String actor) {
    HttpServerRequest http = upload.request.request();
    String reason;
    try {
      reason = HistoryFilter.reason(http.getHeader(HistoryFilter.REASON));
    } catch (ProblemException e) {
      edge.refuse(upload.request, e.problem());
      return;
    }
    history
        .begin(Change.of("POST", http.path()), actor, addresses.addressOf(http), reason)
        .subscribe()
        .with(
            begun ->
                upload.here.runOnContext(
                    pass -> {
                      upload.begun = begun;
                      start(upload);
                    }),
            why -> upload.here.runOnContext(pass -> upload.request.fail(why)));
  }

  private void start(Upload upload) {
    if (upload.request.response().ended()) {
      return;
    }
    upload.request.addEndHandler(end -> upload.recorded());
    if (uploads.incrementAndGet() > MAX_UPLOADS) {
      uploads.decrementAndGet();
      edge.refuse(upload.request, Problem.of(ProblemType.OVERLOADED));
      return;
    }
    upload.request.addEndHandler(end -> uploads.decrementAndGet());
    upload.read();
  }

  /** An upload, on its event loop. */
  private final class Upload {

    private final RoutingContext request;
    private final Context here;
    private final String couponId;
    private final PoolLine form;
    private final boolean skips;
    private final List<LineError> errors = new ArrayList<>();
    private Buffer rest = Buffer.buffer();
    private List<String> codes = new ArrayList<>();
    private long lines;
    private long rejected;
    private long taken;
    private long added;
    private Runnable inTime = () -> {};
    private History.Begun begun;
    private Result result;

    Upload(RoutingContext request, Context here, String couponId, PoolLine form, boolean skips) {
      this.request = request;
      this.here = here;
      this.couponId = couponId;
      this.form = form;
      this.skips = skips;
    }

    /** What it has added stays, however it ended. */
    void recorded() {
      Uni<Void> row =
          result == null && added == 0
              ? history.refused(begun)
              : history.done(begun, result == null ? Map.of("added", added) : result);
      row.subscribe().with(done -> {}, why -> LOG.debug("Not in the history", why));
    }

    void read() {
      HttpServerRequest http = request.request();
      if (http.isEnded()) {
        finish();
        return;
      }
      http.handler(this::data);
      http.endHandler(end -> end());
      http.exceptionHandler(gone -> inTime.run());
      goOn();
    }

    /** Each batch has the time of a body. */
    private void goOn() {
      inTime = edge.expectInTime(request);
      request.request().resume();
    }

    private void data(Buffer data) {
      int from = 0;
      for (int i = 0; i < data.length(); i++) {
        if (data.getByte(i) == '\n') {
          rest.appendBuffer(data, from, i - from);
          if (!line()) {
            return;
          }
          from = i + 1;
        }
      }
      rest.appendBuffer(data, from, data.length() - from);
      if (rest.length() > MAX_LINE_BYTES) {
        lines++;
        stop(new LineError(lines, "must be at most " + MAX_LINE_BYTES + " bytes"));
      } else if (codes.size() >= BATCH) {
        inTime.run();
        request.request().pause();
        write(this::goOn);
      }
    }

    /** Takes the line that is there; says whether to go on. */
    private boolean line() {
      String line = rest.toString(StandardCharsets.UTF_8);
      rest = Buffer.buffer();
      lines++;
      try {
        if (line.length() > MAX_LINE_BYTES) {
          throw new IllegalArgumentException("must be at most " + MAX_LINE_BYTES + " bytes");
        }
        String code = form.code(line, lines, json);
        if (!code.isEmpty()) {
          codes.add(code);
        }
      } catch (IllegalArgumentException e) {
        LineError error = new LineError(lines, e.getMessage());
        if (!skips) {
          stop(error);
          return false;
        }
        rejected++;
        if (errors.size() < MAX_ERRORS) {
          errors.add(error);
        }
      }
      return true;
    }

    private void stop(LineError error) {
      inTime.run();
      edge.refuse(request, Problem.malformed("line " + error.line(), error.message()));
    }

    private void end() {
      inTime.run();
      if (!request.response().ended() && (rest.length() == 0 || line())) {
        finish();
      }
    }

    private void write(Runnable then) {
      List<String> batch = codes;
      codes = new ArrayList<>();
      answered(
          calls.explained(work.run(() -> pool.add(couponId, batch))),
          more -> {
            taken += batch.size();
            added += more;
            then.run();
          });
    }

    /** Also with no code, which tells whether there is such a pool. */
    private void finish() {
      write(
          () ->
              answered(
                  calls.explained(work.run(() -> pool.size(couponId))),
                  size ->
                      lending
                          .added(couponId)
                          .onFailure()
                          .invoke(
                              why ->
                                  LOG.warnf(
                                      "Codes of coupon %s are handed out later: %s",
                                      couponId, why.getMessage()))
                          .onFailure()
                          .recoverWithNull()
                          .subscribe()
                          .with(lent -> here.runOnContext(pass -> answer(size)))));
    }

    private <T> void answered(Uni<T> call, Consumer<T> then) {
      call.subscribe()
          .with(
              result ->
                  here.runOnContext(
                      pass -> {
                        if (!request.response().ended()) {
                          then.accept(result);
                        }
                      }),
              why -> here.runOnContext(pass -> failed(why)));
    }

    private void failed(Throwable why) {
      inTime.run();
      if (!request.response().ended()) {
        edge.refuse(
            request,
            why instanceof ProblemException known
                ? known.problem()
                : unexpected.problem(why, request));
      }
    }

    private void answer(long size) {
      HttpServerResponse response = request.response();
      if (response.ended() || response.closed()) {
        return;
      }
      result = new Result(lines, added, taken - added, rejected, errors, size);
      try {
        byte[] body = json.writeValueAsBytes(result);
        AnswerHeaders.personal(response);
        response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json;charset=UTF-8");
        response.end(Buffer.buffer(body));
      } catch (JsonProcessingException e) {
        request.fail(e);
      }
    }
  }
}
