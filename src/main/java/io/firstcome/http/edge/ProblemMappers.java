package io.firstcome.http.edge;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.firstcome.http.identity.IdentityMode;
import io.firstcome.http.input.JsonErrors;
import io.firstcome.http.problem.ErrorMember;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.UnexpectedErrors;
import io.quarkus.hibernate.validator.runtime.jaxrs.ResteasyReactiveViolationException;
import io.quarkus.security.AuthenticationCompletionException;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import io.vertx.ext.web.RoutingContext;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.ValidationException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Every error that leaves a resource, or is met on the way to one, becomes a {@link Problem} here;
 * {@link HttpEdge} does the same for what JAX-RS never sees.
 */
public class ProblemMappers {
  private final UnexpectedErrors unexpected;
  private final IdentityMode identity;

  ProblemMappers(UnexpectedErrors unexpected, IdentityMode.Setting identity) {
    this.unexpected = unexpected;
    this.identity = identity.mode();
  }

  @ServerExceptionMapper
  Response problem(ProblemException e) {
    return withChallenge(e.problem(), false);
  }

  @ServerExceptionMapper
  Response unknownRoute(NotFoundException e, RoutingContext request) {
    return webApplication(e, request);
  }

  @ServerExceptionMapper
  Response webApplication(WebApplicationException e, RoutingContext request) {
    // A parameter's converter: JAX-RS wraps what it throws.
    if (e.getCause() instanceof ProblemException cause) {
      return cause.problem().toResponse();
    }
    if (e.getCause() instanceof JacksonException cause) {
      return JsonErrors.problem(cause).toResponse();
    }
    ProblemType type = HttpEdge.typeOf(e.getResponse().getStatus());
    if (type == ProblemType.INTERNAL) {
      return unexpected.problem(e, request).toResponse();
    }
    Response response = withChallenge(Problem.of(type), false);
    String allow = e.getResponse().getHeaderString(HttpHeaders.ALLOW);
    return allow == null
        ? response
        : Response.fromResponse(response).header(HttpHeaders.ALLOW, allow).build();
  }

  @ServerExceptionMapper
  Response wrongJson(MismatchedInputException e) {
    return JsonErrors.problem(e).toResponse();
  }

  /** A class of ours that Jackson cannot handle: our mistake, not the client's. */
  @ServerExceptionMapper
  Response unfitClass(InvalidDefinitionException e, RoutingContext request) {
    return unexpected.problem(e, request).toResponse();
  }

  @ServerExceptionMapper
  Response violations(ConstraintViolationException e, RoutingContext request) {
    // Only what a client sent is the client's to correct.
    if (!(e instanceof ResteasyReactiveViolationException) || isOfReturnValue(e)) {
      return unexpected.problem(e, request).toResponse();
    }
    List<ErrorMember> errors = new ArrayList<>(e.getConstraintViolations().size());
    for (ConstraintViolation<?> violation : e.getConstraintViolations()) {
      errors.add(new ErrorMember(field(violation.getPropertyPath()), violation.getMessage()));
    }
    // The violations come as a set: an order of their own makes the same answer of the same
    // request.
    errors.sort(Comparator.comparing(ErrorMember::field).thenComparing(ErrorMember::message));
    return Problem.malformed(errors).toResponse();
  }

  @ServerExceptionMapper
  Response validation(ValidationException e, RoutingContext request) {
    return unexpected.problem(e, request).toResponse();
  }

  @ServerExceptionMapper({
    AuthenticationFailedException.class,
    AuthenticationCompletionException.class
  })
  Response badCredentials(Throwable e) {
    return withChallenge(Problem.of(ProblemType.UNAUTHENTICATED), true);
  }

  @ServerExceptionMapper
  Response noCredentials(UnauthorizedException e) {
    return withChallenge(Problem.of(ProblemType.UNAUTHENTICATED), false);
  }

  @ServerExceptionMapper
  Response forbidden(ForbiddenException e) {
    return Problem.of(ProblemType.FORBIDDEN).toResponse();
  }

  @ServerExceptionMapper
  Response noWorkerLeft(RejectedExecutionException e) {
    return Problem.of(ProblemType.OVERLOADED).toResponse();
  }

  @ServerExceptionMapper
  Response anythingElse(Throwable e, RoutingContext request) {
    return unexpected.problem(e, request).toResponse();
  }

  private Response withChallenge(Problem problem, boolean badCredentials) {
    Response response = problem.toResponse();
    String challenge =
        problem.type() == ProblemType.UNAUTHENTICATED ? identity.challenge(badCredentials) : null;
    return challenge == null
        ? response
        : Response.fromResponse(response).header(HttpHeaders.WWW_AUTHENTICATE, challenge).build();
  }

  private static boolean isOfReturnValue(ConstraintViolationException e) {
    for (ConstraintViolation<?> violation : e.getConstraintViolations()) {
      for (Path.Node node : violation.getPropertyPath()) {
        if (node.getKind() == ElementKind.RETURN_VALUE) {
          return true;
        }
      }
    }
    return false;
  }

  /** {@code users[3].name} of a body, the parameter's name otherwise. */
  private static String field(Path path) {
    String parameter = "body";
    StringBuilder field = new StringBuilder();
    for (Path.Node node : path) {
      switch (node.getKind()) {
        case METHOD -> {}
        case PARAMETER -> parameter = node.getName();
        default -> {
          if (node.isInIterable()) {
            Object at = node.getIndex() == null ? node.getKey() : node.getIndex();
            field.append('[').append(at == null ? "" : at).append(']');
          }
          if (node.getKind() == ElementKind.PROPERTY) {
            field.append(field.length() == 0 ? "" : ".").append(node.getName());
          }
        }
      }
    }
    return field.length() == 0 ? parameter : field.toString();
  }
}
