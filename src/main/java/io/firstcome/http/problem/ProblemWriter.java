package io.firstcome.http.problem;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Inject;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyWriter;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;

/** Writes a {@link Problem}, whatever type the client accepts: an error is told in one way only. */
@Provider
@Produces(Problem.MEDIA_TYPE)
public class ProblemWriter implements MessageBodyWriter<Problem> {
  private final ObjectMapper mapper;

  /** Of the problems that always read the same. Written twice at worst. */
  private final byte[][] plain = new byte[ProblemType.values().length][];

  @Inject
  ProblemWriter(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  @Override
  public boolean isWriteable(
      Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
    return type == Problem.class;
  }

  @Override
  public void writeTo(
      Problem problem,
      Class<?> type,
      Type genericType,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, Object> headers,
      OutputStream out)
      throws IOException {
    out.write(toJson(problem));
  }

  /** For answers that are given before JAX-RS is reached. */
  public byte[] toJson(Problem problem) throws JsonProcessingException {
    if (problem != Problem.of(problem.type())) {
      return mapper.writeValueAsBytes(problem.members());
    }
    int type = problem.type().ordinal();
    byte[] json = plain[type];
    if (json == null) {
      json = mapper.writeValueAsBytes(problem.members());
      plain[type] = json;
    }
    return json;
  }
}
