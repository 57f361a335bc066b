package bhsim.failure;

import bhsim.core.Catalogue;
import bhsim.core.Quote;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.List;

/**
 * New versions of a class that are no good, where no agent swaps. They are loaded as a deployment
 * loads them, by a class loader of their own, and asked for a price; the version that serves is not
 * touched.
 */
final class BadClasses implements Scenario {
  private final ClassLoader parent;
  private final String name;
  private final byte[] original;
  private final List<ClassBytes.Spoiling> spoilings;

  BadClasses(Class<?> swappable, byte[] original, List<ClassBytes.Spoiling> spoilings) {
    this.parent = swappable.getClassLoader();
    this.name = swappable.getName();
    this.original = original;
    this.spoilings = spoilings;
  }

  @Override
  public void breakDown(int episode) throws Exception {
    use(spoilings.get(episode % spoilings.size()).apply(original));
  }

  @Override
  public void mend(int episode) throws Exception {
    use(original);
  }

  private void use(byte[] bytes) throws Exception {
    Class<?> loaded = new Loader(parent).define(name, bytes);
    Object service = loaded.getConstructor(Catalogue.class).newInstance(new Catalogue());
    try {
      Quote quote = (Quote) loaded.getMethod("quote", String.class).invoke(service, "SKU-0042");
      if (quote.cents() <= 0) {
        throw new IOException("there was no price");
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw(Exception) e.getCause();
    }
  }

  private static final class Loader extends ClassLoader {
    Loader(ClassLoader parent) {
      super(parent);
    }

    Class<?> define(String name, byte[] bytes) {
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
