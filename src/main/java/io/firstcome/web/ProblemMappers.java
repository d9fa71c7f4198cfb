package io.firstcome.web;

import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Every error that leaves a resource becomes a {@link Problem} here. */
class ProblemMappers {

  @ServerExceptionMapper
  Response problem(ProblemException e) {
    return e.problem().toResponse();
  }
}
