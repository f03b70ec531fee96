// SPDX-License-Identifier: GPL-2.0
#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct header {
	uint32_t type;
	uint32_t len;
};

union control {
	struct cmsghdr first; /* for its alignment */
	char room[CMSG_SPACE(sizeof(int) * NAMER_FILES_MAX)];
};

static void attach_fds(struct msghdr *msg, union control *control,
		       const struct namer_message *message)
{
	size_t len = message->fd_count * sizeof(int);
	struct cmsghdr *part;

	if (!message->fd_count)
		return;
	memset(control, 0, sizeof(*control));
	msg->msg_control = control->room;
	msg->msg_controllen = CMSG_SPACE(len);
	part = CMSG_FIRSTHDR(msg);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(part), message->fds, len);
}

static void skip_sent(struct msghdr *msg, size_t sent)
{
	/* Descriptors go with the first byte. */
	msg->msg_control = NULL;
	msg->msg_controllen = 0;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		struct iovec *part = &msg->msg_iov[i];
		size_t len = sent < part->iov_len ? sent : part->iov_len;

		part->iov_base = (char *)part->iov_base + len;
		part->iov_len -= len;
		sent -= len;
	}
}

int channel_send(int fd, const struct namer_message *message, struct patience *patience)
{
	struct header header = {.type = message->type, .len = (uint32_t)message->len};
	struct iovec parts[] = {{&header, sizeof(header)}, {message->data, message->len}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};
	size_t left = sizeof(header) + message->len;
	union control control;
	ssize_t sent;
	int err;

	attach_fds(&msg, &control, message);
	while (left) {
		err = patience_poll(patience, fd, POLLOUT);
		if (err)
			return err;
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (sent <= 0)
			continue;
		left -= (size_t)sent;
		skip_sent(&msg, (size_t)sent);
	}
	return 0;
}

/* Some bytes; what came with them is in msg's control. */
static int receive_some(int fd, struct msghdr *msg, struct patience *patience, size_t *ret_len)
{
	const size_t room = msg->msg_controllen;

	for (;;) {
		int err = patience_poll(patience, fd, POLLIN);
		ssize_t got;

		if (err)
			return err;
		msg->msg_controllen = room;
		got = recvmsg(fd, msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return errno == ECONNRESET ? -ENODATA : -errno;
		if (!got)
			return -ENODATA;
		if (got < 0)
			continue;
		*ret_len = (size_t)got;
		return 0;
	}
}

static int receive_all(int fd, void *data, size_t len, struct patience *patience)
{
	while (len) {
		struct iovec part = {data, len};
		struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
		size_t got = 0;
		int err = receive_some(fd, &msg, patience, &got);

		if (err)
			return err;
		data = (char *)data + got;
		len -= got;
	}
	return 0;
}

static void take_fds(struct msghdr *msg, struct namer_message *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(msg);
	size_t len;

	if (!part || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
		return;
	len = part->cmsg_len - CMSG_LEN(0);
	message->fd_count = len / sizeof(int);
	memcpy(message->fds, CMSG_DATA(part), message->fd_count * sizeof(int));
}

static int receive_header(int fd, bool with_fds, struct patience *patience,
			  struct namer_message *message, struct header *header)
{
	struct iovec part = {header, sizeof(*header)};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	union control control;
	size_t got = 0;
	int err;

	if (with_fds) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
	}
	err = receive_some(fd, &msg, patience, &got);
	if (err)
		return err;
	if (with_fds)
		take_fds(&msg, message);
	if (with_fds && msg.msg_flags & MSG_CTRUNC)
		return -EMFILE;
	return receive_all(fd, (char *)header + got, sizeof(*header) - got, patience);
}

static int receive(int fd, size_t max, bool with_fds, struct patience *patience,
		   struct namer_message *message)
{
	struct header header = {0};
	int err = receive_header(fd, with_fds, patience, message, &header);

	if (err)
		return err;
	if (header.len > max)
		return -EMSGSIZE;
	message->type = header.type;
	message->data = malloc(header.len ? header.len : 1);
	if (!message->data)
		return -ENOMEM;
	message->len = header.len;
	return receive_all(fd, message->data, header.len, patience);
}

int channel_receive(int fd, size_t max, bool with_fds, struct patience *patience,
		    struct namer_message *ret_message)
{
	struct namer_message message = {0};
	int err = receive(fd, max, with_fds, patience, &message);

	if (err)
		namer_message_clear(&message);
	else
		*ret_message = message;
	return err;
}
