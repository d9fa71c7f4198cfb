package io.firstcome.live;

import io.restassured.RestAssured;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;

/** A client of a stream of live numbers, and what it has read so far. */
public final class Watcher implements AutoCloseable, Flow.Subscriber<String> {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Flow.Subscription> begun = new CompletableFuture<>();
  private final CompletableFuture<?> end;
  private final CompletableFuture<Integer> status = new CompletableFuture<>();

  /** Watches what is at this path of the application under test. */
  public Watcher(String path, String... headers) {
    this(URI.create("http://localhost:" + RestAssured.port + path), headers);
  }

  /**
   * @param headers more of them, name and value by turns
   */
  public Watcher(URI uri, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    end =
        HttpClient.newHttpClient()
            .sendAsync(
                request.build(),
                info -> {
                  status.complete(info.statusCode());
                  return HttpResponse.BodySubscribers.fromLineSubscriber(this);
                });
  }

  /** The status, as soon as it is there. */
  public int status() {
    return status.join();
  }

  /** The data of the events until now. */
  public List<String> events() {
    return lines.stream()
        .filter(line -> line.startsWith("data:"))
        .map(line -> line.substring(5))
        .toList();
  }

  /** The comments until now. */
  public long heartbeats() {
    return lines.stream().filter(line -> line.startsWith(":")).count();
  }

  /** Whether the server has ended the stream. */
  public boolean hasEnded() {
    return end.isDone();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    begun.complete(subscription);
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(String line) {
    lines.add(line);
  }

  @Override
  public void onError(Throwable e) {}

  @Override
  public void onComplete() {}

  /** Closes the connection. */
  @Override
  public void close() {
    begun.thenAccept(Flow.Subscription::cancel);
  }
}
