package io.firstcome.http.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.firstcome.http.identity.IdentityMode;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.ProblemWriter;
import io.firstcome.http.problem.UnexpectedErrors;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Errors that JAX-RS never sees: a body too large, a failure in a route that is not a resource.
 * Quarkus answers these with an empty body or a page of its own.
 */
@Singleton
public class HttpEdge {
  // Before anything looks at the request or answers it: Quarkus' CORS, the first, is at 300.
  private static final int CLARITY_PRIORITY = 310;

  /**
   * The filter that takes a body as a stream, without a limit of its size: behind all that refuses
   * requests by their head, before the limit.
   */
  public static final int STREAM_PRIORITY = 150;

  // Before Quarkus' own check of the body's size (order -2), which answers without a body.
  private static final int BODY_LIMIT_PRIORITY = 100;

  /** The methods of HTTP that this service knows, if not for every path. */
  static final Set<HttpMethod> METHODS =
      Set.of(
          HttpMethod.GET,
          HttpMethod.HEAD,
          HttpMethod.POST,
          HttpMethod.PUT,
          HttpMethod.PATCH,
          HttpMethod.DELETE,
          HttpMethod.OPTIONS);

  /** Two of these mean two things, and a proxy in front may go by the other one. */
  private static final List<CharSequence> ONCE =
      List.of(
          HttpHeaders.createOptimized("Host"),
          HttpHeaders.createOptimized("Authorization"),
          HttpHeaders.createOptimized("Idempotency-Key"));

  /** What no user sends, only the operator, and whoever means harm. */
  private static final int LARGE_BYTES = 64 * 1024;

  /** Of a request: ends what was begun for its body. */
  private static final String BODY_IS_THERE = HttpEdge.class.getName();

  /** Of a request: why its body cannot be read. */
  private static final String BROKEN = HttpEdge.class.getName() + ".broken";

  /** Of a request: somebody reads its body, and fails the request where it is broken. */
  private static final String IS_READ = HttpEdge.class.getName() + ".read";

  // After whoever may know better, before Quarkus' own (the last).
  private static final int FAILURE_ORDER = Integer.MAX_VALUE - 1;

  private static final long LINGER_MILLIS = 1_000;

  private static final String BROKEN_CHUNKS = "The body's chunks cannot be read.";

  private final ProblemWriter writer;
  private final UnexpectedErrors unexpected;
  private final long maxBodyBytes;
  private final BodyHandler unannouncedBody;
  private final BodyHandler smallBody;
  private final BodyConfig bodies;
  private final IdentityMode identity;
  private final AtomicInteger large = new AtomicInteger();

  HttpEdge(
      ProblemWriter writer,
      UnexpectedErrors unexpected,
      BodyConfig bodies,
      IdentityMode.Setting identity,
      @ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize maxBodySize) {
    this.writer = writer;
    this.unexpected = unexpected;
    this.bodies = bodies;
    this.identity = identity.mode();
    this.maxBodyBytes = maxBodySize.asLongValue();
    this.unannouncedBody = BodyHandler.create(false).setBodyLimit(maxBodyBytes);
    this.smallBody = BodyHandler.create(false).setBodyLimit(Math.min(LARGE_BYTES, maxBodyBytes));
  }

  void filters(@Observes Filters filters) {
    filters.register(this::refuseUnclear, CLARITY_PRIORITY);
    filters.register(this::limitBody, BODY_LIMIT_PRIORITY);
    filters.register(this::gathered, BODY_LIMIT_PRIORITY - 1);
  }

  void router(@Observes Router router) {
    router.route().order(FAILURE_ORDER).failureHandler(this::failed);
    router.errorHandler(404, this::failed);
    router.errorHandler(405, this::failed);
  }

  private void refuseUnclear(RoutingContext request) {
    AnswerHeaders.on(request);
    HttpServerRequest http = request.request();
    MultiMap headers = http.headers();
    CharSequence repeated = repeated(headers);
    if (!METHODS.contains(http.method())) {
      refuse(request, Problem.of(ProblemType.NOT_IMPLEMENTED));
    } else if (repeated != null) {
      refuse(request, Problem.malformed(repeated.toString(), "must be given once"));
    } else if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      request.next();
    } else if (!isChunked(headers.getAll(HttpHeaderNames.TRANSFER_ENCODING))) {
      refuse(request, Problem.malformed("Transfer-Encoding", "must be 'chunked'"));
    } else {
      // There may have been a Content-Length, which Netty removes: a proxy that went by it would
      // take what comes next for another request than we do (RFC 9112, 6.1).
      request.response().putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      request.addEndHandler(
          end -> {
            // A body that is broken ends it too, and is still to be answered.
            if (request.response().ended()) {
              http.connection().close();
            }
          });
      request.next();
    }
  }

  private static boolean isChunked(List<String> encodings) {
    return encodings.size() == 1 && encodings.get(0).equalsIgnoreCase("chunked");
  }

  /** The name of a header that is there twice and must not be; null where there is none. */
  private static CharSequence repeated(MultiMap headers) {
    for (CharSequence name : ONCE) {
      if (headers.getAll(name).size() > 1) {
        return name;
      }
    }
    return null;
  }

  /** Whether no header is there twice that must not be. What is not clear takes the long way. */
  public static boolean isClear(HttpServerRequest http) {
    return repeated(http.headers()) == null;
  }

  private void limitBody(RoutingContext request) {
    HttpServerRequest http = request.request();
    String length = http.getHeader(HttpHeaderNames.CONTENT_LENGTH);
    if (length != null) {
      long bytes = Long.parseLong(length);
      if (bytes > maxBodyBytes) {
        tooLarge(request);
      } else if (bytes == 0 || http.isEnded()) {
        request.next();
      } else if (bytes <= LARGE_BYTES) {
        expect(request, false);
        request.next();
      } else {
        large(request, RoutingContext::next);
      }
    } else if (http.isEnded()) {
      request.next();
    } else if (!http.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      request.next();
    } else {
      // Only what was read tells its size. Read here, within the limit, it is there as a whole
      // when a resource asks for it. (It is resumed there, when somebody listens.)
      http.connection().exceptionHandler(broken -> broken(request, broken));
      large(request, unannouncedBody);
    }
  }

  /**
   * Only the operator sends large bodies. So before room is held for one it is known who asks:
   * nobody else can take that room, by sending nothing.
   */
  private void large(RoutingContext request, Handler<RoutingContext> read) {
    QuarkusHttpUser.getSecurityIdentity(request, null)
        .subscribe()
        .with(
            user -> {
              if (request.response().ended()) {
                // Its body was broken, and that was sooner known than the user.
                return;
              }
              request.put(IS_READ, true);
              if (user.hasRole(Roles.OPERATOR)) {
                if (expect(request, true)) {
                  read.handle(request);
                }
              } else if (request.request().getHeader(HttpHeaderNames.CONTENT_LENGTH) == null) {
                expect(request, false);
                smallBody.handle(request);
              } else if (user.isAnonymous()) {
                refuseUser(request, false);
              } else {
                tooLarge(request);
              }
            },
            why -> {
              if (request.response().ended()) {
                // Quarkus has failed the request for it.
                return;
              }
              if (why instanceof ProblemException known) {
                refuse(request, known.problem());
              } else {
                refuseUser(request, true);
              }
            });
  }

  private void refuseUser(RoutingContext request, boolean badCredentials) {
    String challenge = identity.challenge(badCredentials);
    if (challenge != null) {
      request.response().putHeader(HttpHeaderNames.WWW_AUTHENTICATE, challenge);
    }
    refuse(request, Problem.of(ProblemType.UNAUTHENTICATED));
  }

  /**
   * A body is to come: within a time, and of the large ones, which are held in memory, so many at
   * once.
   *
   * @return false where the request is answered, as there are too many
   */
  private boolean expect(RoutingContext request, boolean isLarge) {
    if (isLarge && large.incrementAndGet() > bodies.maxLarge()) {
      large.decrementAndGet();
      refuse(request, Problem.of(ProblemType.OVERLOADED));
      return false;
    }
    Runnable inTime = expectInTime(request);
    AtomicBoolean held = new AtomicBoolean(isLarge);
    Runnable free =
        () -> {
          if (held.compareAndSet(true, false)) {
            large.decrementAndGet();
          }
        };
    request.put(
        BODY_IS_THERE,
        (Runnable)
            () -> {
              free.run();
              inTime.run();
            });
    request.addEndHandler(
        answered -> {
          free.run();
          HttpServerRequest rest = request.request();
          if (rest.isEnded() || request.response().closed() || request.get(BROKEN) != null) {
            inTime.run();
          } else {
            // Answered without it. What is still to come is thrown away, for as long as it may
            // take; once it is there nothing holds the request any more, whose timer would.
            rest.endHandler(end -> inTime.run());
            rest.exceptionHandler(gone -> inTime.run());
            rest.resume();
          }
        });
    return true;
  }

  /**
   * Answers 408 where the body of a request is not there in time, and closes the connection: it
   * would hold what it has for as long as a byte comes now and then.
   *
   * @return to be run when it is there; harmless later
   */
  public Runnable expectInTime(RoutingContext request) {
    long timer = request.vertx().setTimer(bodies.timeout().toMillis(), late -> tooLate(request));
    return () -> request.vertx().cancelTimer(timer);
  }

  private void tooLate(RoutingContext request) {
    HttpServerRequest http = request.request();
    if (http.isEnded()) {
      return;
    }
    if (!request.response().headWritten()) {
      refuse(request, Problem.of(ProblemType.REQUEST_TIMEOUT));
    } else {
      http.connection().close();
    }
  }

  /** One of unknown length is there; any other is waited for by who reads it. */
  private void gathered(RoutingContext request) {
    Runnable end = request.get(BODY_IS_THERE);
    if (end != null && request.request().getHeader(HttpHeaderNames.CONTENT_LENGTH) == null) {
      end.run();
    }
    request.next();
  }

  private void tooLarge(RoutingContext request) {
    refuse(request, Problem.of(ProblemType.PAYLOAD_TOO_LARGE));
  }

  /** Answers without reading the body, and closes the connection. */
  public void refuse(RoutingContext request, Problem why) {
    HttpServerRequest rest = request.request();
    request.response().putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    send(request, why);
    HttpConnection connection = rest.connection();
    if (rest.isEnded() || !hasBody(rest)) {
      connection.close();
    } else {
      // Closing at once would reset the connection under whoever is still sending, and the answer
      // with it. What comes until then is thrown away.
      // (Not cancelled when the client closes: the one handler of that is Quarkus', which counts.)
      request.vertx().setTimer(LINGER_MILLIS, timer -> connection.close());
      rest.handler(discarded -> {}).resume();
    }
  }

  private static boolean hasBody(HttpServerRequest http) {
    String length = http.getHeader(HttpHeaderNames.CONTENT_LENGTH);
    return length == null
        ? http.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
        : !length.equals("0");
  }

  private void failed(RoutingContext request) {
    Throwable failure = request.failure();
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      // Answered, or nobody there to answer: a client that went away is not an error to log.
      return;
    }
    if (response.headWritten()) {
      // Too late to say anything: Quarkus ends what was begun.
      request.next();
      return;
    }
    if (!METHODS.contains(request.request().method())) {
      // No filter sees one whose path is none, as of 'PRI * HTTP/2.0'.
      refuse(request, Problem.of(ProblemType.NOT_IMPLEMENTED));
    } else if (failure instanceof ProblemException known) {
      send(request, known.problem());
    } else if (failure != null && failure == request.get(BROKEN)) {
      answerBroken(request);
    } else if (failure instanceof AuthenticationFailedException) {
      refuseUser(request, true);
    } else if (failure instanceof RejectedExecutionException) {
      send(request, Problem.of(ProblemType.OVERLOADED));
    } else if (request.statusCode() == ProblemType.PAYLOAD_TOO_LARGE.status()) {
      tooLarge(request);
    } else if (failure == null || request.statusCode() >= 400 && request.statusCode() < 500) {
      send(request, Problem.of(typeOf(request.statusCode())));
    } else {
      send(request, unexpected.problem(failure, request));
    }
  }

  private void broken(RoutingContext request, Throwable broken) {
    request.put(BROKEN, broken);
    HttpServerResponse response = request.response();
    if (request.get(IS_READ) == null && !response.headWritten() && !response.closed()) {
      answerBroken(request);
    }
  }

  private void answerBroken(RoutingContext request) {
    send(request, Problem.of(ProblemType.MALFORMED).detail(BROKEN_CHUNKS));
    // What is written is flushed after what is read, and by then Vert.x has closed.
    ((ConnectionBase) request.request().connection()).channelHandlerContext().flush();
  }

  /** Answers with a problem, from where JAX-RS is not reached. */
  public void send(RoutingContext request, Problem problem) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      // Nobody is there to answer.
      return;
    }
    response.setStatusCode(problem.type().status());
    AnswerHeaders.personal(response);
    response.putHeader(HttpHeaderNames.CONTENT_TYPE, Problem.MEDIA_TYPE);
    if (problem.hasRetryAfter()) {
      response.putHeader(
          HttpHeaderNames.RETRY_AFTER, Long.toString(problem.drawRetryAfterSeconds()));
    }
    try {
      response.end(Buffer.buffer(Unpooled.wrappedBuffer(writer.toJson(problem))));
    } catch (JsonProcessingException e) {
      response.end();
    }
  }

  /** The problem that says what a bare status says. */
  public static ProblemType typeOf(int status) {
    return switch (status) {
      case 401 -> ProblemType.UNAUTHENTICATED;
      case 403 -> ProblemType.FORBIDDEN;
      case 404 -> ProblemType.NOT_FOUND;
      case 405 -> ProblemType.METHOD_NOT_ALLOWED;
      case 406 -> ProblemType.NOT_ACCEPTABLE;
      case 408 -> ProblemType.REQUEST_TIMEOUT;
      case 413 -> ProblemType.PAYLOAD_TOO_LARGE;
      case 415 -> ProblemType.UNSUPPORTED_MEDIA_TYPE;
      case 429 -> ProblemType.TOO_MANY_REQUESTS;
      case 503 -> ProblemType.OVERLOADED;
      default -> status >= 400 && status < 500 ? ProblemType.MALFORMED : ProblemType.INTERNAL;
    };
  }
}
