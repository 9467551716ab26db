// SPDX-License-Identifier: MIT
// Prints what this virtual machine knows of where it runs, then crashes: its report of
// that asks the guest library once more, out of the crashed thread.
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.ObjectName;

class Report {
	public static void main(String[] arguments) throws Exception
	{
		for (String line : Files.readAllLines(Path.of("/proc/self/maps")))
			if (line.toLowerCase().contains("guestlib.so"))
				System.out.println("library " +
					Path.of(line.substring(line.indexOf('/'))).toRealPath());
		System.out.println(ManagementFactory.getPlatformMBeanServer().invoke(
			new ObjectName("com.sun.management:type=DiagnosticCommand"),
			"vmInfo", new Object[0], new String[0]));
		System.out.flush();
		Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
		field.setAccessible(true);
		((sun.misc.Unsafe)field.get(null)).putAddress(0, 0);
	}
}
