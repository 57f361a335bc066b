package bhsim.core;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The JVM's own figures, and those of the agent beside us, if it shows any. */
public final class ProcessMetrics {
  private static final String AGENT = "bhsim.agent:type=HotSwap";

  private ProcessMetrics() {}

  /** Whether this JVM was started with a Java agent, of whichever kind. */
  public static boolean hasAgent() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream().anyMatch(
        flag -> flag.startsWith("-javaagent:"));
  }

  static void write(Exposition out) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    out.single("jvm_heap_used_bytes", "gauge", "Heap in use.", heap.getUsed());
    out.single(
        "jvm_heap_committed_bytes", "gauge", "Heap taken from the system.", heap.getCommitted());
    out.single("jvm_heap_max_bytes", "gauge", "Most that the heap may become.", heap.getMax());
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getName().equals("Metaspace")) {
        out.single(
            "jvm_metaspace_used_bytes", "gauge", "Metaspace in use.", pool.getUsage().getUsed());
      }
    }
    out.single("jvm_threads", "gauge", "Live threads.",
        ManagementFactory.getThreadMXBean().getThreadCount());
    out.single("jvm_classes_loaded", "gauge", "Classes loaded now.",
        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    out.family("jvm_gc_collections_total", "counter", "Collections, by collector.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      out.value("jvm_gc_collections_total", gc.getCollectionCount(), "gc", gc.getName());
    }
    out.family("jvm_gc_seconds_total", "counter", "Time in collections, by collector.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      out.value("jvm_gc_seconds_total", gc.getCollectionTime() / 1e3, "gc", gc.getName());
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      out.single(
          "process_open_fds", "gauge", "Open descriptors.", unix.getOpenFileDescriptorCount());
      out.single("process_max_fds", "gauge", "Most descriptors allowed.",
          unix.getMaxFileDescriptorCount());
      out.single("process_cpu_seconds_total", "counter", "CPU time of the process.",
          unix.getProcessCpuTime() / 1e9);
    }
    out.single("process_uptime_seconds", "gauge", "Since the JVM's start.",
        ManagementFactory.getRuntimeMXBean().getUptime() / 1e3);
    writeAgent(out);
  }

  /**
   * Without an agent, or with one whose metrics are off, only the first line is there: nothing is
   * made up.
   */
  private static void writeAgent(Exposition out) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      ObjectName name = new ObjectName(AGENT);
      boolean there = server.isRegistered(name);
      out.single(
          "hot_swap_agent_up", "gauge", "1 when an agent shows its state to us.", there ? 1 : 0);
      if (!there) {
        return;
      }
      counter(out, server, name, "hot_swaps_completed", "Classes swapped.", "Completed");
      counter(out, server, name, "hot_swaps_refused", "Changes refused.", "Refused");
      counter(out, server, name, "hot_swaps_retried", "Attempts repeated after a transient error.",
          "Retried");
      counter(out, server, name, "hot_swaps_rolled_back",
          "Changes taken back because health failed.", "RolledBack");
      counter(out, server, name, "hot_swap_agent_errors",
          "Errors that the agent caught inside itself.", "Errors");
      out.single("hot_swap_last_seconds", "gauge",
          "How long the last swap took, from its detection.",
          number(server, name, "LastMicros") / 1e6);
      String state = String.valueOf(server.getAttribute(name, "BreakerState"));
      out.family(
          "hot_swap_breaker_state", "gauge", "1 for the state that the circuit breaker is in.");
      for (String one : new String[] {"closed", "open", "half-open", "off"}) {
        out.value("hot_swap_breaker_state", one.equals(state) ? 1 : 0, "state", one);
      }
    } catch (JMException e) {
      out.single(
          "hot_swap_agent_unreadable", "gauge", "1: the agent's state could not be read.", 1);
    }
  }

  private static void counter(Exposition out, MBeanServer server, ObjectName name, String metric,
      String help, String attribute) throws JMException {
    out.single(metric, "counter", help, number(server, name, attribute));
  }

  private static double number(MBeanServer server, ObjectName name, String attribute)
      throws JMException {
    for (Attribute one : server.getAttributes(name, new String[] {attribute}).asList()) {
      if (one.getValue() instanceof Number number) {
        return number.doubleValue();
      }
    }
    return 0;
  }
}
