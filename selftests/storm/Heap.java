// SPDX-License-Identifier: GPL-2.0-only
// Garbage without end, of which a part lives on for a while: prints how often it was collected, a line each second.
// Usage: java Heap MEGABYTES that live

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;

class Heap {
	public static void main(String[] args) throws InterruptedException {
		byte[][] live = new byte[Integer.parseInt(args[0]) * 128][];	// of 8 KiB each, on average
		for (int i = 0; i < 2; i++) {
			Thread thread = new Thread(() -> allocate(live));
			thread.setDaemon(true);
			thread.start();
		}
		for (;;) {
			long collections = 0;
			for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans())
				collections += gc.getCollectionCount();
			System.out.println(collections);
			Thread.sleep(1000);
		}
	}

	private static void allocate(byte[][] live) {
		SplittableRandom random = new SplittableRandom();
		for (;;)
			live[random.nextInt(live.length)] = new byte[random.nextInt(16384)];
	}
}
