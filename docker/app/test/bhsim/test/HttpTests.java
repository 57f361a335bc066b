package bhsim.test;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.http.HttpServer;
import bhsim.http.Limits;
import bhsim.http.Response;
import bhsim.http.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The HTTP server against clients that are slow, hasty, wrong or gone. */
public final class HttpTests {
  private HttpTests() {}

  /** A server with an echo, a handler that throws and one that waits. */
  private static final class Server implements AutoCloseable {
    final CountDownLatch release = new CountDownLatch(1);
    final AtomicInteger failures = new AtomicInteger();
    final AtomicInteger waiting = new AtomicInteger();
    final ExecutorService pool = Executors.newFixedThreadPool(2);
    final HttpServer http;

    Server() throws IOException {
      this(Limits.defaults());
    }

    Server(Limits limits) throws IOException {
      Router router = new Router();
      router.add("echo", "POST", "/echo",
          exchange
          -> exchange.respond(
              new Response(200).body("text/plain", new String(exchange.request().body()))),
          pool);
      router.add("item", "GET", "/item/{name}",
          exchange
          -> exchange.respond(
              new Response(200).body("text/plain", exchange.parameters().get("name"))),
          pool);
      router.add("throws", "GET", "/throws",
          exchange -> { throw new IllegalStateException("secret detail"); }, pool);
      router.add("waits", "GET", "/waits", exchange -> {
        waiting.incrementAndGet();
        release.await();
        exchange.respond(new Response(200));
      }, pool);
      router.add("health", "GET", "/health",
          exchange -> exchange.respond(new Response(200)), Runnable::run);
      http = new HttpServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), limits,
          router, new HttpServer.Events() {
            @Override
            public void answered(String operation, int status, long nanos) {}

            @Override
            public void failed(String what, Throwable error) {
              failures.incrementAndGet();
            }
          });
      http.start();
    }

    Wire connect() throws IOException {
      return new Wire(http.port());
    }

    @Override
    public void close() {
      release.countDown();
      try {
        http.stop(Duration.ZERO, Duration.ofSeconds(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      pool.shutdownNow();
    }
  }

  private static final String GET = "GET /item/a HTTP/1.1\r\nHost: t\r\n\r\n";

  /** A request of any shape is refused with this status, and the next client is served. */
  private static void refused(Cases cases, String what, String request, int status) {
    cases.add(what + "_IsRefused", () -> expectRefused(request, status));
  }

  private static void expectRefused(String request, int status) throws Exception {
    try (Server server = new Server()) {
      try (Wire wire = server.connect()) {
        String answer = wire.send(request).read();
        expectContains("HTTP/1.1 " + status + " ", answer);
        expectContains("Connection: close", answer);
        expect(wire.ended(), "the connection goes on after a refusal");
      }
      try (Wire wire = server.connect()) {
        expectContains("200 OK", wire.send(GET).read());
      }
    }
  }

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("RequestInSinglePieces_IsAnswered", HttpTests::requestInPieces);
    cases.add("PipelinedRequests_AreAnsweredInOrder", HttpTests::pipelined);
    cases.add("ClientThatEndsSending_StillGetsItsResponse", HttpTests::halfClosed);
    cases.add("ExpectContinue_IsToldToGoOn", HttpTests::expectContinue);
    cases.add("HandlerThatThrows_GivesA500WithoutDetail", HttpTests::handlerThrows);
    cases.add("UnexpectedMethod_IsRefusedWithWhatIsAllowed", HttpTests::unexpectedMethod);
    cases.add("UnknownPath_IsNotFound", HttpTests::unknownPath);
    cases.add("Head_HasTheLengthAndNoBody", HttpTests::head);
    cases.add("BusyWorkers_DoNotHoldUpHealth", HttpTests::healthWhileBusy);
    cases.add("SlowRequest_IsCutOff", HttpTests::slowRequest);
    cases.add("Drain_AnswersWhatIsUnderWayAndClosesConnections", HttpTests::drain);
    cases.add("TooManyConnections_WaitAndAreServedLater", HttpTests::tooManyConnections);
    cases.add("Http10_ClosesByItself", HttpTests::http10);
    String post = "POST /echo HTTP/1.1\r\nHost: t\r\n";
    String end = "\r\nHost: t\r\n\r\n";
    refused(cases, "TwoLengths", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
    refused(cases, "LengthAndCoding",
        post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0", 400);
    refused(
        cases, "CodingWithoutLength", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411);
    refused(cases, "SignedLength", post + "Content-Length: +1\r\n\r\na", 400);
    refused(cases, "BodyThatIsTooLarge", post + "Content-Length: 999999\r\n\r\n", 413);
    refused(cases, "BareLineFeed", "GET /item/a HTTP/1.1\nHost: t\n\n", 400);
    refused(cases, "FoldedHeader", "GET /item/a HTTP/1.1\r\nHost: t\r\nA: b\r\n c\r\n\r\n", 400);
    refused(cases, "SpaceBeforeColon", "GET /item/a HTTP/1.1\r\nHost : t\r\n\r\n", 400);
    refused(cases, "MissingHost", "GET /item/a HTTP/1.1\r\n\r\n", 400);
    refused(cases, "OtherVersion", "GET /item/a HTTP/2.0" + end, 505);
    refused(cases, "DotSegment", "GET /item/../../etc/passwd HTTP/1.1" + end, 400);
    refused(cases, "EncodedDotSegment", "GET /item/%2e%2e/a HTTP/1.1" + end, 400);
    refused(cases, "EncodedSlash", "GET /item/a%2fb HTTP/1.1" + end, 400);
    refused(cases, "ZeroByte", "GET /item/a%00 HTTP/1.1" + end, 400);
    refused(cases, "LongRequestLine",
        "GET /"
            + "a".repeat(5000),
        414);
    String line = "A: "
        + "b".repeat(1000) + "\r\n";
    refused(cases, "LongHead", "GET / HTTP/1.1\r\nHost: t\r\n" + line.repeat(17), 431);
    refused(cases, "Garbage", "\u0016\u0003\u0001 nonsense\r\n\r\n", 400);
    cases.runAndExit(arguments);
  }

  private static void requestInPieces() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      String request = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc";
      for (int i = 0; i < request.length(); i++) {
        wire.send(request.substring(i, i + 1));
      }
      expectContains("\r\n\r\nabc", wire.read());
    }
  }

  private static void pipelined() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        all.append("GET /item/").append(i).append(" HTTP/1.1\r\nHost: t\r\n\r\n");
      }
      wire.send(all.toString());
      for (int i = 0; i < 50; i++) {
        expect(wire.read().endsWith("\r\n\r\n" + i), "response " + i + " is another one");
      }
    }
  }

  private static void halfClosed() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      wire.send(GET).endSending();
      expectContains("200 OK", wire.read());
      expect(wire.ended(), "the connection goes on");
    }
  }

  private static void expectContinue() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      wire.send(
          "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      expectContains("100 Continue", wire.read());
      expectContains("\r\n\r\nhi", wire.send("hi").read());
    }
  }

  private static void handlerThrows() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      String answer = wire.send("GET /throws HTTP/1.1\r\nHost: t\r\n\r\n").read();
      expectContains("500 ", answer);
      expect(
          !answer.contains("secret") && !answer.contains("Exception"), "told too much: " + answer);
      expectEqual(1, server.failures.get());
      expectContains("200 OK", wire.send(GET).read());
    }
  }

  private static void unexpectedMethod() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      String answer = wire.send("DELETE /item/a HTTP/1.1\r\nHost: t\r\n\r\n").read();
      expectContains("405 ", answer);
      expectContains("Allow: GET, HEAD", answer);
    }
  }

  private static void unknownPath() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      expectContains("404 ", wire.send("GET /item/a/b HTTP/1.1\r\nHost: t\r\n\r\n").read());
      expectContains("404 ", wire.send("GET /item/ HTTP/1.1\r\nHost: t\r\n\r\n").read());
    }
  }

  private static void head() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      wire.send("HEAD /item/abc HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
      // Reads the body that the length announces as well, if there is one.
      String whole = wire.read();
      expectContains("Content-Length: 3", whole);
      expect(whole.endsWith("\r\n\r\n"), "HEAD has a body: " + whole);
    }
  }

  private static void healthWhileBusy() throws Exception {
    try (Server server = new Server(); Wire one = server.connect(); Wire two = server.connect();
         Wire three = server.connect(); Wire health = server.connect()) {
      for (Wire wire : new Wire[] {one, two, three}) {
        wire.send("GET /waits HTTP/1.1\r\nHost: t\r\n\r\n");
      }
      eventually("both workers are busy", () -> server.waiting.get() == 2);
      expectContains("200 OK", health.send("GET /health HTTP/1.1\r\nHost: t\r\n\r\n").read());
      server.release.countDown();
      expectContains("200 OK", three.read());
    }
  }

  private static void slowRequest() throws Exception {
    Limits usual = Limits.defaults();
    Limits hasty = new Limits(usual.connections(), usual.requestLineBytes(), usual.headBytes(),
        usual.bodyBytes(), Duration.ofMillis(100), usual.idleTime(), usual.writeTime(),
        usual.handlerTime());
    try (Server server = new Server(hasty); Wire wire = server.connect()) {
      expectContains("408 ", wire.send("GET /item/a HTTP/1.1\r\nHo").read());
      expect(wire.ended(), "the connection goes on");
    }
  }

  private static void drain() throws Exception {
    try (Server server = new Server(); Wire busy = server.connect(); Wire idle = server.connect()) {
      expect(!idle.send(GET).read().contains("Connection: close"), "closed before the drain");
      busy.send("GET /waits HTTP/1.1\r\nHost: t\r\n\r\n");
      eventually("the worker is busy", () -> server.waiting.get() == 1);
      server.http.drain();
      expectContains("Connection: close", idle.send(GET).read());
      try (Wire late = server.connect()) {
        expectContains("Connection: close", late.send(GET).read());
      }
      Thread stopper = new Thread(() -> {
        try {
          server.http.stop(Duration.ofMillis(10), Duration.ofSeconds(20));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
      stopper.start();
      server.release.countDown();
      expectContains("200 OK", busy.read());
      stopper.join();
    }
  }

  private static void tooManyConnections() throws Exception {
    Limits usual = Limits.defaults();
    Limits two = new Limits(2, usual.requestLineBytes(), usual.headBytes(), usual.bodyBytes(),
        usual.requestTime(), usual.idleTime(), usual.writeTime(), usual.handlerTime());
    try (Server server = new Server(two); Wire first = server.connect();
         Wire second = server.connect()) {
      expectContains("200 OK", first.send(GET).read());
      expectContains("200 OK", second.send(GET).read());
      try (Wire third = server.connect()) {
        third.send(GET);
        first.hangUp();
        expectContains("200 OK", third.read());
      }
    }
  }

  private static void http10() throws Exception {
    try (Server server = new Server(); Wire wire = server.connect()) {
      expectContains("Connection: close", wire.send("GET /item/a HTTP/1.0\r\n\r\n").read());
      expect(wire.ended(), "the connection goes on");
    }
  }
}
