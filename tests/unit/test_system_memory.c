// SPDX-License-Identifier: GPL-2.0
#include "pressure.h"
#include "system_memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KB 1024

static void check_zone(const struct zone *zone, const char *name, int64_t free_pages, int64_t min,
		       int64_t low, int64_t high)
{
	int64_t page_size = sysconf(_SC_PAGESIZE);

	assert_int_equal(zone->node, 0);
	assert_string_equal(zone->name, name);
	assert_true(zone->free_bytes.known && zone->min_bytes.known && zone->low_bytes.known &&
		    zone->high_bytes.known);
	assert_int_equal(zone->free_bytes.value, free_pages * page_size);
	assert_int_equal(zone->min_bytes.value, min * page_size);
	assert_int_equal(zone->low_bytes.value, low * page_size);
	assert_int_equal(zone->high_bytes.value, high * page_size);
}

static void test_fixture(void **state)
{
	struct system system = {0};

	(void)state;
	assert_int_equal(system_memory_read(FIXTURES "/proc/6.12/machine", &system), 0);
	assert_true(system.asked);
	assert_int_equal(system.mem_total_bytes.value, 475764 * KB);
	assert_int_equal(system.mem_free_bytes.value, 429604 * KB);
	assert_int_equal(system.mem_available_bytes.value, 424084 * KB);
	assert_true(system.buffers_bytes.known && !system.buffers_bytes.value);
	assert_int_equal(system.cached_bytes.value, 5452 * KB);
	assert_int_equal(system.anon_bytes.value, 8908 * KB);
	assert_int_equal(system.mapped_bytes.value, 5016 * KB);
	assert_int_equal(system.shmem_bytes.value, 5452 * KB);
	assert_int_equal(system.slab_bytes.value, 8080 * KB);
	assert_int_equal(system.slab_reclaimable_bytes.value, 624 * KB);
	assert_int_equal(system.kernel_stack_bytes.value, 1008 * KB);
	assert_int_equal(system.pagetables_bytes.value, 368 * KB);
	assert_true(system.swap_total_bytes.known && !system.swap_total_bytes.value);
	assert_true(system.swap_free_bytes.known && !system.swap_free_bytes.value);
	assert_int_equal(system.committed_bytes.value, 15672 * KB);
	assert_true(system.pressure.some.known && system.pressure.full.known);
	assert_true(system.zones_known);
	assert_int_equal(system.zone_count, 2);
	check_zone(&system.zones[0], "DMA", 3808, 22, 27, 32);
	check_zone(&system.zones[1], "DMA32", 103593, 659, 823, 987);
	system_memory_clear(&system);
	assert_false(system.asked || system.zones_known || system.zones);
}

static void test_without_pressure(void **state)
{
	struct system system = {0};

	(void)state;
	assert_int_equal(system_memory_read(FIXTURES "/proc/6.1/machine", &system), 0);
	assert_true(system.mem_total_bytes.known && system.zones_known);
	assert_int_equal(system.zone_count, 2);
	assert_false(system.pressure.some.known || system.pressure.full.known);
	system_memory_clear(&system);
}

static void test_nothing_there(void **state)
{
	struct system system = {0};

	(void)state;
	assert_int_equal(system_memory_read("/nonexistent", &system), 0);
	assert_true(system.asked);
	assert_false(system.mem_total_bytes.known || system.zones_known);
	system_memory_clear(&system);
	system_memory_clear(NULL);
}

static void test_live(void **state)
{
	struct system system = {0};
	int64_t total = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

	(void)state;
	assert_int_equal(system_memory_read("", &system), 0);
	assert_int_equal(system.mem_total_bytes.value, total);
	assert_true(system.mem_free_bytes.value > 0 && system.mem_free_bytes.value < total);
	assert_true(system.zone_count > 0);
	for (size_t i = 0; i < system.zone_count; i++) {
		const struct zone *zone = &system.zones[i];

		assert_true(zone->free_bytes.known && zone->free_bytes.value < total);
		assert_true(zone->min_bytes.value <= zone->low_bytes.value &&
			    zone->low_bytes.value <= zone->high_bytes.value);
	}
	system_memory_clear(&system);
}

static int parse_zones(const char *text, struct zone **zones, size_t *count)
{
	size_t len = strlen(text);
	/* Without the NUL, so that a byte too many is an error of the address sanitizer. */
	char *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, text, len);
	err = system_memory_parse_zoneinfo(copy, len, 4096, zones, count);
	free(copy);
	return err;
}

static void test_zones(void **state)
{
	struct zone *zones;
	size_t count;

	(void)state;
	assert_int_equal(
		parse_zones("Node 1, zone   Normal\n  per-node stats\n      min 5\n"
			    "  pages free     -3\n        min      2251799813685248\n"
			    "        low      7\n        high     x\n        managed  1\n"
			    "  pagesets\n              high:     370\n        high     99\n"
			    "Node 2, zone  Movable\n  pages free     1\n        present  1\n"
			    "        managed  0\n"
			    "Node 3, zone   Device\n"
			    "Node -1, zone   Normal\n  pages free     1\n"
			    "Node 99999999999, zone Normal\nNode 4\nNode 4, zone\n"
			    "Node 4, zone 1234567890123456\n  pages free     8\n"
			    "Node 5, zone 123456789012345\n  pages free     9\n"
			    "        min 8",
			    &zones, &count),
		0);
	assert_int_equal(count, 2);
	assert_int_equal(zones[0].node, 1);
	assert_false(zones[0].free_bytes.known || zones[0].min_bytes.known);
	assert_int_equal(zones[0].low_bytes.value, 7 * 4096);
	assert_int_equal(zones[0].high_bytes.value, 99 * 4096);
	assert_string_equal(zones[1].name, "123456789012345");
	assert_int_equal(zones[1].free_bytes.value, 9 * 4096);
	assert_false(zones[1].min_bytes.known);
	free(zones);
	zones = (void *)state;
	assert_int_equal(parse_zones("", &zones, &count), -ENOENT);
	assert_int_equal(parse_zones("  pages free 3\n", &zones, &count), -ENOENT);
	assert_ptr_equal(zones, state);
	assert_int_equal(count, 2);
}

static void check_pressure(const char *text, bool some, bool full)
{
	struct pressure pressure;
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	pressure_parse(copy, len, &pressure);
	free(copy);
	assert_int_equal(pressure.some.known, some);
	assert_int_equal(pressure.full.known, full);
}

static void test_pressure(void **state)
{
	static const char text[] = "some avg10=12.34 avg60=0.05 avg300=100.00 total=1862694\n"
				   "full avg10=0.00 avg60=0.00 avg300=0.09 total=1462808\n";
	struct pressure pressure;

	(void)state;
	pressure_parse(text, strlen(text), &pressure);
	assert_true(pressure.some.known && pressure.full.known);
	assert_true(pressure.some.avg10 == 12.34);
	assert_true(pressure.some.avg60 == 0.05);
	assert_true(pressure.some.avg300 == 100);
	assert_int_equal(pressure.some.total_us, 1862694);
	assert_true(pressure.full.avg300 == 0.09);
	assert_int_equal(pressure.full.total_us, 1462808);

	check_pressure("", false, false);
	check_pressure("\n \nfull\nsome \n", false, false);
	check_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=0", false, false);
	check_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", true, false);
	check_pressure("full avg10=0.00 avg60=0.00 avg300=0.00\n", false, false);
	check_pressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=-1\n", false, false);
	check_pressure("full avg10=0,00 avg60=0.00 avg300=0.00 total=1\n", false, false);
	check_pressure("full avg10=-1.00 avg60=0.00 avg300=0.00 total=1\n", false, false);
	check_pressure("full avg10=1.-1 avg60=0.00 avg300=0.00 total=1\n", false, false);
	check_pressure("full avg10=99999999999999999999.00 avg60=0.00 avg300=0.00 total=1\n", false,
		       false);
	check_pressure("full avg60=0.00 avg10=0.00 avg300=0.00 total=1\n", false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixture),	      cmocka_unit_test(test_without_pressure),
		cmocka_unit_test(test_nothing_there), cmocka_unit_test(test_live),
		cmocka_unit_test(test_zones),	      cmocka_unit_test(test_pressure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
