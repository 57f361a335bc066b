package bhsim.agent;

import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * The way of a change: detected → read and validated → redefined → audited and told. As many
 * threads as swaps may run at once, each with the same life; what is more waits in the inbox.
 */
class SwapPipeline {
  /** What a pipeline is made of; every part is safe for use by its threads. */
  record Parts(Instrumentation instrumentation, ProductionConfig config, AgentOptions options,
      Inbox inbox, LoadedClasses loaded, CircuitBreaker breaker, AuditLog audit, HotSwap counters,
      LastGood lastGood) {}

  private final Instrumentation instrumentation;
  private final ProductionConfig config;
  private final AgentOptions options;
  private final Inbox inbox;
  private final LoadedClasses loaded;
  private final CircuitBreaker breaker;
  private final AuditLog audit;
  private final HotSwap counters;
  private final LastGood lastGood;
  /** One permit for each redefinition that may run, rollbacks included. */
  private final Semaphore permits;

  SwapPipeline(Parts parts) {
    instrumentation = parts.instrumentation;
    config = parts.config;
    options = parts.options;
    inbox = parts.inbox;
    loaded = parts.loaded;
    breaker = parts.breaker;
    audit = parts.audit;
    counters = parts.counters;
    lastGood = parts.lastGood;
    permits = new Semaphore(config.maxConcurrentHotswaps(), true);
  }

  /** Takes changes for ever; one call a thread. */
  void run() throws InterruptedException {
    ClassReader reader = newReader();
    Redefiner redefiner = newRedefiner();
    while (true) {
      List<Inbox.Change> changes = inbox.take();
      try {
        handle(changes, reader, redefiner);
      } catch (RuntimeException | Error e) {
        counters.errors.incrementAndGet();
        breaker.failure();
        changes.forEach(change -> tellRefused(new Step(change), "the agent met " + e));
      } finally {
        inbox.done(changes);
      }
    }
  }

  protected ClassReader newReader() {
    return new ClassReader(config, counters);
  }

  protected Redefiner newRedefiner() {
    return new Redefiner(instrumentation, config.redefinitionTimeout());
  }

  /** A class is about to be redefined; a subclass may take its time, or never come back. */
  protected void beforeSwap(String className) throws InterruptedException {}

  /** A class has been redefined and nobody has been told yet. */
  protected void afterSwap(String className) throws InterruptedException {}

  private void handle(List<Inbox.Change> changes, ClassReader reader, Redefiner redefiner)
      throws InterruptedException {
    try {
      breaker.enter();
    } catch (Refusal e) {
      refuseUntried(changes, reader, e);
      return;
    }
    List<Step> steps = new ArrayList<>();
    Step refused = null;
    for (Inbox.Change change : changes) {
      Step step = prepare(change, reader);
      if (step.refusal != null) {
        refused = step;
      } else if (step.definition == null) {
        continue;
      }
      steps.add(step);
    }
    if (steps.isEmpty()) {
      breaker.neither();
      return;
    }
    if (refused == null) {
      refused = swap(steps, redefiner);
    }
    for (Step step : steps) {
      if (refused == null) {
        tellSwapped(step, "");
      } else {
        String reason = step.refusal != null
            ? step.refusal.getMessage()
            : "refused together with " + refused.change.className() + " of its group";
        tellRefused(step, reason);
      }
    }
    settle(refused);
  }

  /**
   * The breaker is open: the bytes are read only so that it can be told which ones were refused.
   */
  private void refuseUntried(List<Inbox.Change> changes, ClassReader reader, Refusal why)
      throws InterruptedException {
    for (Inbox.Change change : changes) {
      Step step = new Step(change);
      step.before = loaded.digestInForce(change.className());
      try {
        step.sha256 = reader.readOnce(change);
      } catch (Refusal e) {
        // Unreadable as well: refused without a digest.
      }
      if (!step.sha256.equals(step.before)) {
        tellRefused(step, why.getMessage());
      }
    }
  }

  private void settle(Step refused) {
    if (refused == null) {
      breaker.success();
    } else if (refused.refusal.kind() == Refusal.Kind.FAILURE) {
      breaker.failure();
    } else {
      breaker.neither();
    }
  }

  /** One change and how far it got: definition is null for bytes that are in force already. */
  private static final class Step {
    final Inbox.Change change;
    String sha256 = "";
    String before = "";
    byte[] bytes;
    ClassDefinition definition;
    Refusal refusal;

    Step(Inbox.Change change) {
      this.change = change;
    }
  }

  private Step prepare(Inbox.Change change, ClassReader reader) throws InterruptedException {
    Step step = new Step(change);
    String className = change.className();
    step.before = loaded.digestInForce(className);
    try {
      ClassReader.Delivered delivered = reader.readWhole(change);
      step.sha256 = delivered.sha256();
      step.bytes = delivered.bytes();
      if (delivered.sha256().equals(step.before)) {
        return step;
      }
      if (!options.allows(className)) {
        throw new Refusal(Refusal.Kind.POLICY, "not among the classes that may be swapped");
      }
      Class<?> target = loaded.find(className).orElseThrow(
          ()
              -> new Refusal(Refusal.Kind.POLICY,
                  "not loaded by the application; it will be read when it is"));
      step.definition = new ClassDefinition(target, delivered.bytes());
    } catch (ClassReader.Rejected e) {
      step.sha256 = e.delivered().sha256();
      step.refusal = new Refusal(Refusal.Kind.FAILURE, e.getMessage());
    } catch (Refusal e) {
      step.refusal = e;
    }
    return step;
  }

  /** Null when the swap took effect, else the step that was refused. */
  private Step swap(List<Step> steps, Redefiner redefiner) throws InterruptedException {
    Step first = steps.get(0);
    try {
      permits.acquire();
      try {
        for (Step step : steps) {
          beforeSwap(step.change.className());
        }
        redefiner.redefine(
            steps.stream().map(step -> step.definition).toList(), () -> landedLate(steps));
        for (Step step : steps) {
          afterSwap(step.change.className());
        }
      } finally {
        permits.release();
      }
      return null;
    } catch (Refusal e) {
      first.refusal = e;
      return first;
    }
  }

  /**
   * A redefinition that was told as refused has taken effect after all: the record must say what is
   * in force now.
   */
  private void landedLate(List<Step> steps) {
    for (Step step : steps) {
      step.before = loaded.digestInForce(step.change.className());
      tellSwapped(step, "after its time limit");
      // What lies on disk now may be newer than what has just landed.
      inbox.offer(step.change);
    }
  }

  private void tellSwapped(Step step, String remark) {
    String className = step.change.className();
    lastGood.swapped(className, loaded.inForce(className));
    loaded.set(className, new LoadedClasses.Version(step.sha256, step.bytes));
    audit.write(className, step.before, step.sha256, "swapped", remark);
    counters.completed.incrementAndGet();
    counters.lastMicros = (System.nanoTime() - step.change.detected()) / 1000;
    AgentLog.info("SWAPPED class=" + className + " from=" + shown(step.before)
        + " to=" + step.sha256 + " took=" + counters.lastMicros / 1000.0 + "ms"
        + (remark.isEmpty() ? "" : " remark=\"" + remark + "\""));
    record(step, "swapped", remark);
  }

  private void tellRefused(Step step, String reason) {
    audit.write(step.change.className(), step.before, step.sha256, "refused", reason);
    counters.refused.incrementAndGet();
    counters.lastRefusal = step.change.className() + ": " + reason;
    AgentLog.warn("REFUSED class=" + step.change.className() + " sha256=" + shown(step.sha256)
        + " reason=\"" + reason.replace('"', '\'') + "\"");
    record(step, "refused", reason);
  }

  /** Returns a class to what it was; the caller knows that its health is bad. */
  void rollBack(String className, LoadedClasses.Version good) throws InterruptedException {
    String before = loaded.digestInForce(className);
    if (good.bytes() == null) {
      AgentLog.error(
          "ROLLBACK-FAILED class=" + className + " reason=\"the last good bytes were not kept\"");
      return;
    }
    permits.acquire();
    try {
      Class<?> target = loaded.find(className).orElseThrow();
      Runnable late = () -> loaded.set(className, good);
      newRedefiner().redefine(List.of(new ClassDefinition(target, good.bytes())), late);
      loaded.set(className, good);
      audit.write(className, before, good.sha256(), "rolled-back", "health failed after the swap");
      counters.rolledBack.incrementAndGet();
      AgentLog.warn("ROLLED-BACK class=" + className + " from=" + shown(before)
          + " to=" + good.sha256() + " reason=\"health failed after the swap\"");
    } catch (Refusal e) {
      AgentLog.error("ROLLBACK-FAILED class=" + className + " reason=\"" + e.getMessage() + "\"");
    } finally {
      permits.release();
    }
  }

  private void record(Step step, String outcome, String reason) {
    if (!config.jfrEnabled()) {
      return;
    }
    HotSwapEvent event = new HotSwapEvent();
    event.className = step.change.className();
    event.outcome = outcome;
    event.before = step.before;
    event.after = step.sha256;
    event.reason = reason;
    event.tookMicros = (System.nanoTime() - step.change.detected()) / 1000;
    event.commit();
  }

  private static String shown(String digest) {
    return digest.isEmpty() ? "-" : digest;
  }
}
