package bhsim.core;

import bhsim.http.Handler;
import bhsim.http.HttpServer;
import bhsim.http.Limits;
import bhsim.http.LocalClient;
import bhsim.http.Response;
import bhsim.http.Router;
import bhsim.journal.Journal;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The order system: HTTP in front, the journal behind, swappable services between. One thread
 * serves sockets and health, a bounded pool runs services, one thread commits, one reads ledgers,
 * one looks after metrics and the self-test; none of them can keep health from answering.
 *
 * <p>The protected methods are what an application, or a test of one, may do otherwise.
 */
public class Application {
  private static final int MOST_QUEUED = 1024;
  // Of those who wait for the stock service: few, so that they cost nobody else anything.
  private static final int STOCK_ASKERS = 4;
  private static final int MOST_WAIT_FOR_STOCK = 64;
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(20);
  private static final Set<String> ABOUT_ITSELF =
      Set.of("live", "ready", "metrics", Router.UNROUTED);

  private final Log log = new Log("bhsim.app");
  private final FailureLog failures = new FailureLog(log);
  private final String name;
  private final Options options;
  private final Services services;
  private final Metrics metrics = new Metrics();
  private final Api api;
  private Health health;
  private ThreadPoolExecutor workers;
  private ThreadPoolExecutor ledgerReader;
  private ThreadPoolExecutor metricsWriter;
  private ThreadPoolExecutor stockAskers;
  private Stock stock;
  private ScheduledExecutorService monitor;
  private Router router;
  private HttpServer server;
  private OrderStore store;
  private volatile boolean endsByItself;

  public Application(String name, Options options, Services services) {
    this.name = name;
    this.options = options;
    this.services = services;
    this.api = new Api(services);
  }

  /** Operations that are not the application's work, and do not count as its traffic. */
  static boolean isAboutItself(String operation) {
    return ABOUT_ITSELF.contains(operation);
  }

  /** Why the application is not up; the cause says it. */
  public static final class NotStarted extends Exception {
    private static final long serialVersionUID = 1L;

    NotStarted(Exception cause) {
      super(cause);
    }
  }

  /**
   * Starts, and returns when ready. On SIGTERM everything that was accepted is finished; the exit
   * code is then 143.
   */
  public final void start() throws NotStarted {
    try {
      begin();
    } catch (Exception e) {
      throw new NotStarted(e);
    }
  }

  private void begin() throws Exception {
    log.info("starting " + name + " on " + options.host() + ":" + options.port() + ", state in "
        + options.state() + ", Java " + Runtime.version() + ", " + configuration());
    health = newHealth();
    workers = newWorkers(options.workers());
    ledgerReader = newPool("ledger", 1, MOST_QUEUED);
    metricsWriter = newPool("metrics", 1, MOST_QUEUED);
    if (options.has("stock")) {
      stock = new Stock(options.own().get("stock"));
      stockAskers = newPool("stock", STOCK_ASKERS, MOST_WAIT_FOR_STOCK);
    }
    monitor = Executors.newSingleThreadScheduledExecutor(threads("monitor"));
    router = routes();
    server = new HttpServer(
        new InetSocketAddress(options.host(), options.port()), limits(), router, events());
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "drain"));
    store = openStore(options.state());
    Journal.Scan found = store.recovered();
    if (found.torn() > 0 || found.skipped() > 0) {
      log.warn("the journal: cut off " + found.torn() + " bytes of an unfinished write, skipped "
          + found.skipped() + " damaged bytes");
    }
    log.info("the journal is recovered: " + found.records() + " records since the last checkpoint, "
        + found.end() + " bytes");
    health.watch(store);
    api.open(store);
    int warmed = options.warmUp().isZero() ? 0 : WarmUp.run(server.port(), options.warmUp());
    metrics.startCounting();
    tick();
    monitor.scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.SECONDS);
    if (health.phase() == Health.Phase.STARTING) {
      health.phase(Health.Phase.RUNNING);
    }
    started();
    log.info("ready: " + name + " on port " + server.port() + ", after " + warmed
        + " requests to warm up");
  }

  public final int port() {
    return server.port();
  }

  /** Once started: for work of the application's own, which counts like a client's. */
  public final LocalClient client() {
    return new LocalClient(router, events());
  }

  public final OrderStore store() {
    return store;
  }

  public final Log log() {
    return log;
  }

  /** For whatever may fail often. */
  public final FailureLog failures() {
    return failures;
  }

  /** False from the moment that it is told to stop: then nothing new should be begun. */
  public final boolean isRunning() {
    return health.phase() == Health.Phase.RUNNING;
  }

  /** For an application that is done: ends the process in order, without a grace for balancers. */
  public final void end(int exitCode) {
    endsByItself = true;
    System.exit(exitCode);
  }

  protected Health newHealth() {
    return new Health();
  }

  protected Limits limits() {
    return Limits.defaults();
  }

  /** Once, when the application is ready. */
  protected void started() {}

  protected OrderStore openStore(Path directory) throws IOException {
    return new OrderStore(directory);
  }

  protected ThreadPoolExecutor newWorkers(int count) {
    return newPool("worker", Math.max(1, count), MOST_QUEUED);
  }

  /** Where health is answered: on the server's own thread, so that it never waits for work. */
  protected Executor healthExecutor() {
    return Runnable::run;
  }

  /** A chance to wrap the handler of an operation. */
  protected Handler around(String operation, Handler handler) {
    return handler;
  }

  /**
   * What SIGTERM or {@link #end} sets off: not ready at once, a grace in which balancers notice,
   * then an orderly end.
   */
  protected void stop() {
    long begun = System.nanoTime();
    log.info(
        "draining: finishing what was accepted, for at most " + DRAIN_LIMIT.toSeconds() + " s");
    health.phase(Health.Phase.DRAINING);
    server.drain();
    try {
      Thread.sleep(endsByItself ? 0 : options.drainGrace().toMillis());
      boolean done = server.stop(QUIET, DRAIN_LIMIT);
      workers.shutdown();
      workers.awaitTermination(2, TimeUnit.SECONDS);
      if (store != null) {
        store.close();
      }
      log.info("stopped after " + (System.nanoTime() - begun) / 1_000_000 + " ms; "
          + (done ? "everything accepted was answered" : "some requests were cut off"));
    } catch (Exception e) {
      log.error("stopping did not go as it should", e);
    }
  }

  /**
   * A pool of fixed size whose threads are there from the start, and whose queue is bounded: more
   * is answered with 503.
   */
  protected static ThreadPoolExecutor newPool(String name, int threads, int mostQueued) {
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(mostQueued), threads(name));
    pool.prestartAllCoreThreads();
    return pool;
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  private Router routes() {
    Router router = new Router();
    add(router, "quote", "GET", "/api/quote/{sku}", api::quote, workers);
    add(router, "order", "POST", "/api/orders", api::order, workers);
    add(router, "lookup", "GET", "/api/orders/{writer}/{sequence}", api::lookup, workers);
    add(router, "ledger", "GET", "/ledger/{writer}", api::ledger, ledgerReader);
    if (stock != null) {
      add(router, "stock", "GET", "/api/stock/{sku}", stock::answer, stockAskers);
    }
    add(router, "live", "GET", "/health/live",
        exchange -> exchange.respond(health.live()), healthExecutor());
    add(router, "ready", "GET", "/health/ready",
        exchange -> exchange.respond(health.ready()), healthExecutor());
    add(router, "metrics", "GET", "/metrics",
        exchange
        -> exchange.respond(new Response(200).body(Exposition.CONTENT_TYPE, metricsText())),
        metricsWriter);
    return router;
  }

  private void add(Router router, String operation, String method, String path, Handler handler,
      Executor executor) {
    router.add(operation, method, path, around(operation, handler), executor);
  }

  private HttpServer.Events events() {
    return new HttpServer.Events() {
      @Override
      public void answered(String operation, int status, long nanos) {
        metrics.answered(operation, status, nanos);
      }

      @Override
      public void failed(String what, Throwable error) {
        failures.report(what, error);
      }
    };
  }

  private void tick() {
    try {
      health.tick(services, workers);
      metrics.tick(System.nanoTime());
    } catch (Throwable e) {
      // An exception would silently end the timer.
      failures.report("the monitor", e);
    }
  }

  private String metricsText() {
    Exposition out = new Exposition();
    metrics.write(out);
    OrderStore orders = store;
    out.single("orders_total", "counter", "Orders made durable since the start.",
        orders == null ? 0 : orders.stored());
    out.single("orders_waiting", "gauge", "Orders that wait for the disk.",
        orders == null ? 0 : orders.waiting());
    out.single("http_connections", "gauge", "Connections open now.", server.openConnections());
    out.single(
        "worker_queue", "gauge", "Requests that wait for a worker.", workers.getQueue().size());
    out.single("application_ready", "gauge", "1 when /health/ready says so.",
        health.ready().status() == 200 ? 1 : 0);
    ProcessMetrics.write(out);
    return out.text();
  }

  /** Which production configuration is in force, for whoever has to prove it later. */
  private static String configuration() throws NoSuchAlgorithmException {
    String file = System.getProperty("bhconfig");
    if (file == null) {
      return "no agent configuration";
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of(file)));
      return "configuration file=" + file + " sha256=" + HexFormat.of().formatHex(digest);
    } catch (IOException e) {
      return "configuration file=" + file + " unreadable";
    }
  }
}
